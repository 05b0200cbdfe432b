/** Shorter times say little about a rate. */
const SHORTEST_MS = 250;
const PERIOD_MS = 1_000;

/**
 * How much is asked of a limit, smoothed: half of the last second, half of what was before. It says how much is worth asking for, and
 * charges nobody: numbers that are rounded beyond 2^53 are good enough for that, and cost a call nothing.
 */
export class Demand {
  private perSecond = 0;
  private since = 0;
  private taken = 0;

  take(amount: bigint, now: number): void {
    this.roll(now);
    this.taken += Number(amount);
  }

  /** Per second. Grows at once, and falls by halves. */
  rate(now: number): bigint {
    return BigInt(this.rateOf(now));
  }

  /** Whether there is less than what is asked for in so many seconds. */
  exceeds(room: bigint, seconds: number, now: number): boolean {
    return Number(room) < Math.floor(this.rateOf(now) * seconds);
  }

  private rateOf(now: number): number {
    this.roll(now);
    return Math.max(this.perSecond, perSecond(this.taken, Math.max(SHORTEST_MS, now - this.since)));
  }

  private roll(now: number): void {
    const elapsed = now - this.since;
    if (elapsed < PERIOD_MS) return;
    // After a silence of ten seconds nothing of before is left.
    const last = perSecond(this.taken, elapsed);
    this.perSecond = elapsed >= 10 * PERIOD_MS ? 0 : Math.floor((this.perSecond + last) / 2);
    this.since = now;
    this.taken = 0;
  }
}

const perSecond = (amount: number, ms: number): number => Math.floor((amount * 1_000) / Math.ceil(ms));
