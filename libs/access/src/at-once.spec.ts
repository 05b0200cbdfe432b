import { atOnce } from './at-once';

describe('work at a time', () => {
  it('is refused beyond the bound, and taken again when some has ended, well or badly', async () => {
    const run = atOnce(2);
    let finish = (): void => undefined;
    const long = run(() => new Promise<void>((resolve) => (finish = resolve)));
    const failing = run(() => Promise.reject(new Error('badly')));
    await expect(run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'TOO_MANY_CALLS',
    });
    await expect(failing).rejects.toThrow('badly');
    await expect(run(() => Promise.resolve('taken'))).resolves.toBe('taken');
    finish();
    await long;
  });
});
