import { SystemRandom } from './random';

describe("the system's random bytes", () => {
  it('are as many as were asked for, and never the same twice, beyond one filling of what is fetched at once', () => {
    const random = new SystemRandom();
    const all = Array.from({ length: 1_000 }, () => Buffer.from(random.bytes(17)).toString('hex'));
    expect(new Set(all).size).toBe(1_000);
    expect(all.every((one) => one.length === 34)).toBe(true);
    expect(random.bytes(5_000)).toHaveLength(5_000);
  });

  it('belong to who asked: whatever he does to them, others get their own', () => {
    const random = new SystemRandom();
    const first = random.bytes(16);
    const kept = Buffer.from(first).toString('hex');
    random.bytes(16).fill(0);
    expect(Buffer.from(first).toString('hex')).toBe(kept);
  });
});
