import type { Clock } from '@gatehouse/kernel';

/** So many at once, and so many each second after that. */
export class Allowance {
  private left: number;
  private filledAt: number;

  constructor(
    private readonly rate: { readonly atOnce: number; readonly perSecond: number },
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.left = rate.atOnce;
    this.filledAt = clock.monotonicMs();
  }

  /** Takes one; false, and takes none, where none is left. */
  take(): boolean {
    this.fill();
    if (this.left < 1) return false;
    this.left--;
    return true;
  }

  /** Takes one even where none is left: it is missing until it was earned. */
  owe(): void {
    this.left--;
  }

  /** Whether one is left to take. */
  get some(): boolean {
    this.fill();
    return this.left >= 1;
  }

  /** Gives back what was taken. */
  give(count: number): void {
    this.left = Math.min(this.rate.atOnce, this.left + count);
  }

  private fill(): void {
    const now = this.clock.monotonicMs();
    this.give(((now - this.filledAt) / 1_000) * this.rate.perSecond);
    this.filledAt = now;
  }
}
