import { maxOf } from './amounts';

/** Shorter times say little about a rate. */
const SHORTEST_MS = 250;
const PERIOD_MS = 1_000;

/** How much is asked of a limit, smoothed: half of the last second, half of what was before. */
export class Demand {
  private perSecond = 0n;
  private since = 0;
  private taken = 0n;

  take(amount: bigint, now: number): void {
    this.roll(now);
    this.taken += amount;
  }

  /** Per second. Grows at once, and falls by halves. */
  rate(now: number): bigint {
    this.roll(now);
    return maxOf(this.perSecond, perSecond(this.taken, Math.max(SHORTEST_MS, now - this.since)));
  }

  private roll(now: number): void {
    const elapsed = now - this.since;
    if (elapsed < PERIOD_MS) return;
    // After a silence of ten seconds nothing of before is left.
    const last = perSecond(this.taken, elapsed);
    this.perSecond = elapsed >= 10 * PERIOD_MS ? 0n : (this.perSecond + last) / 2n;
    this.since = now;
    this.taken = 0n;
  }
}

const perSecond = (amount: bigint, ms: number): bigint => (amount * 1_000n) / BigInt(Math.ceil(ms));
