import { KnownHeads } from './known-heads';

describe('heads that are known', () => {
  const headOf = (digest: string) => ({ said: digest, digest, digitsFrom: 1, beside: 2 });

  it('are as many as are allowed, and those that are asked for stay', () => {
    const known = new KnownHeads<string>(10);
    known.add(headOf('kept'));
    for (let at = 0; at < 1_000; at++) {
      known.add(headOf(`other ${at}`));
      expect(known.get('kept')).toEqual(headOf('kept'));
    }
    const others = Array.from({ length: 1_000 }, (_, at) => known.get(`other ${at}`)).filter(Boolean);
    expect(others.length).toBeGreaterThanOrEqual(9);
    expect(others.length).toBeLessThan(20);
  });
});
