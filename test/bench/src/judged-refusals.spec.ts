import { judge, TakenOverTime } from './judged-refusals';

const LIMIT = 1_000n;
const taken = (...changes: readonly (readonly [at: number, by: bigint])[]): TakenOverTime => {
  const over = new TakenOverTime();
  for (const [at, by] of changes) over.changed(at, by);
  return over;
};
const refused = (need: bigint, gone: bigint, at = 1_000) => ({
  at,
  need,
  bound: need + 5n,
  witness: { limit: LIMIT, spent: gone, held: 0n },
});

describe('a refusal', () => {
  it('is true where the request does not fit beside what is spent and held', () => {
    expect(judge(refused(101n, 900n), taken([0, 900n]))).toEqual({
      ...{ isFalse: false, isFalseByTokens: false },
      room: 100n,
      unreachable: 0,
    });
  });

  it('is false where it fits, and by the tokens of its prompt alone where its bytes do not', () => {
    expect(judge(refused(95n, 900n), taken([0, 900n]))).toMatchObject({
      isFalse: true,
      isFalseByTokens: false,
    });
    expect(judge(refused(100n, 900n), taken([0, 900n]))).toEqual({
      ...{ isFalse: true, isFalseByTokens: true },
      room: 100n,
      unreachable: 0,
    });
  });

  it('is true where a hundredth of the limit in idle slices stood against it, and false where more did', () => {
    expect(judge(refused(95n, 910n), taken([0, 900n]))).toEqual({
      ...{ isFalse: false, isFalseByTokens: false },
      room: 100n,
      unreachable: 0.01,
    });
    expect(judge(refused(90n, 1_000n), taken([0, 900n]))).toEqual({
      ...{ isFalse: true, isFalseByTokens: true },
      room: 100n,
      unreachable: 0.1,
    });
  });

  it('is true where what stood against it ended a moment before, and false where it ended long before', () => {
    expect(judge(refused(200n, 900n), taken([0, 900n], [950, -500n])).isFalse).toBe(false);
    expect(judge(refused(200n, 900n), taken([0, 900n], [800, -500n])).isFalse).toBe(true);
  });

  it('is judged by what was there then, not by what came after', () => {
    expect(judge(refused(200n, 100n), taken([0, 100n], [1_001, 900n])).isFalse).toBe(true);
  });
});
