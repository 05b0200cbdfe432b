import { maxOf, minOf } from './amounts';
import type { GrantedLease, LeaseFinal, LeaseName, LeaseReport } from './exchange';

/** Clocks of gateways and of the ledger run so much differently at most, of a thousand: twice what a clock that is set right is slewed by. */
const DRIFT_PER_THOUSAND = 1;

/** A slice of a limit, and what was done under it. */
export class Lease {
  /** Bounds of attempts under way. */
  held = 0n;
  settled = 0n;
  doubt = 0n;
  /** Attempts that were settled. */
  count = 0n;
  /** Monotonic milliseconds; past it nothing is admitted. */
  admitUntil: number;
  usedAt: number;
  toldAt: number;
  /** It admits nothing more; what it does not need goes back. */
  retired = false;
  private readonly endsAt: number;
  private sequence = 0n;
  private cap: bigint;
  /** The doubt of what was cut stays charged. */
  readonly strict: boolean;

  /** @param sentAt monotonic milliseconds of the first sending of its ask: its time counts from there. */
  constructor(
    readonly name: LeaseName,
    /** Of its scope, under which it was granted. */
    readonly revision: bigint,
    granted: GrantedLease,
    sentAt: number,
  ) {
    this.cap = name.cap;
    this.strict = granted.strict;
    this.endsAt = sentAt + onAnyClock(granted.endsInMs ?? Infinity);
    this.admitUntil = Math.min(this.endsAt, sentAt + granted.validForMs);
    this.usedAt = sentAt;
    this.toldAt = sentAt;
  }

  get number(): bigint {
    return this.name.number;
  }

  /** What may still be admitted, were it in time; less than nothing where a provider billed more than it could. */
  get room(): bigint {
    return this.cap - this.settled - this.held;
  }

  admits(now: number): boolean {
    return !this.retired && now < this.admitUntil;
  }

  take(amount: bigint, now: number): void {
    this.held += amount;
    this.usedAt = now;
  }

  giveBack(amount: bigint): void {
    this.held -= amount;
  }

  settle(amount: bigint, charged: bigint, doubt: bigint): void {
    this.held -= amount;
    this.settled += charged;
    this.doubt += doubt;
    this.count += 1n;
  }

  /** @param sentAt of the report that was answered. */
  renew(sentAt: number, validForMs: number): void {
    this.admitUntil = Math.max(this.admitUntil, Math.min(this.endsAt, sentAt + validForMs));
  }

  /** Of a retired lease, or of one that is recalled, what it does not need is given up for good. */
  giveUpSlack(): void {
    this.cap = minOf(this.cap, maxOf(0n, this.settled + this.held));
  }

  /** Requests count from their admission on: what is under way is no room that could come back. */
  report(now: number): LeaseReport {
    this.toldAt = now;
    this.sequence += 1n;
    const { number, sequence, cap, count, settled, held, doubt } = this;
    const sum = this.name.unit === 'requests' ? settled + held : settled;
    return { number, sequence, cap, count, sum, doubt };
  }

  final(): LeaseFinal {
    return { ...this.name, count: this.count, sum: this.settled, doubt: this.doubt };
  }
}

/** So long as has surely not passed for the ledger. What is needed after it is asked for again, each time for a thousandth of before. */
const onAnyClock = (ms: number): number => ms * (1 - DRIFT_PER_THOUSAND / 1_000);
