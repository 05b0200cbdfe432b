import { eventually, until } from './wait';

describe('eventually', () => {
  it('answers what the check answers once it passes', async () => {
    let tries = 0;
    const check = (): number => {
      if (++tries < 3) throw new Error('not yet');
      return tries;
    };
    expect(await eventually(check)).toBe(3);
  });

  it('throws what the check said last', async () => {
    let tries = 0;
    const check = () => Promise.reject(new Error(`try ${++tries}`));
    await expect(eventually(check, 0)).rejects.toThrow(/^try [1-9]/);
  });
});

describe('until', () => {
  it('answers how long it took', async () => {
    let tries = 0;
    const start = performance.now();
    const taken = await until(() => ++tries === 3);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(performance.now() - start);
  });

  it('says what did not come about, or how far it came', async () => {
    await expect(until(() => false, 'the end', 0)).rejects.toThrow('not within 0 ms: the end');
    await expect(
      until(
        () => false,
        async () => `${1} of 3`,
        0,
      ),
    ).rejects.toThrow('not within 0 ms: 1 of 3');
  });

  it('throws at once what the condition throws', async () => {
    await expect(until(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
