import { AMOUNT_MAX, maxOf, minOf } from './amounts';
import type { GrantedLease, LeaseFinal, LeaseName, LeaseReport } from './exchange';

/** Clocks of gateways and of the ledger run so much differently at most, of a thousand: twice what a clock that is set right is slewed by. */
const DRIFT_PER_THOUSAND = 1;

/** A slice of a limit, and what was done under it. */
export class Lease {
  /** What may still be admitted, were it in time; less than nothing where a provider billed more than it could. */
  room: bigint;
  private settled = 0n;
  private doubt = 0n;
  /** Attempts that were settled. */
  private count = 0;
  /** Monotonic milliseconds; past it nothing is admitted. */
  admitUntil: number;
  usedAt: number;
  toldAt: number;
  /** It admits nothing more; what it does not need goes back. */
  retired = false;
  /** The ledger does not hold it, or not under the limits of now: nothing that was kept of it is of use either. */
  stopped = false;
  /** Of what is held: kept for requests that wait for other limits, and are not admitted yet. */
  private pinned = 0n;
  readonly number: bigint;
  private readonly endsAt: number;
  private sequence = 0n;
  private cap: bigint;
  /** The doubt of what was cut stays charged. */
  readonly strict: boolean;
  readonly turn: bigint;

  /** @param sentAt monotonic milliseconds of the first sending of its ask: its time counts from there. */
  constructor(
    readonly name: LeaseName,
    /** Of its scope, under which it was granted. */
    readonly revision: bigint,
    granted: GrantedLease,
    sentAt: number,
  ) {
    this.number = name.number;
    this.room = this.cap = name.cap;
    this.strict = granted.strict;
    this.turn = granted.turn;
    this.endsAt = sentAt + onAnyClock(granted.endsInMs ?? Infinity);
    this.admitUntil = Math.min(this.endsAt, sentAt + granted.validForMs);
    this.usedAt = sentAt;
    this.toldAt = sentAt;
  }

  /** Bounds of attempts under way. */
  get held(): bigint {
    return this.cap - this.settled - this.room;
  }

  admits(now: number): boolean {
    return !this.retired && now < this.admitUntil;
  }

  take(amount: bigint, now: number): void {
    this.room -= amount;
    this.usedAt = now;
  }

  giveBack(amount: bigint): void {
    this.room += amount;
  }

  /** Keeps it for a request that waits for other limits. */
  pin(amount: bigint, now: number): void {
    this.take(amount, now);
    this.pinned += amount;
  }

  unpin(amount: bigint): void {
    this.pinned -= amount;
    this.room += amount;
  }

  /** Whether what was pinned of it may be used under a revision: also where it admits nothing more. */
  serves(revision: bigint, now: number): boolean {
    return !this.stopped && now < this.admitUntil && this.revision >= revision;
  }

  settle(amount: bigint, charged: bigint, doubt: bigint): void {
    const sum = this.settled + charged;
    const counted = sum > AMOUNT_MAX ? AMOUNT_MAX - this.settled : charged;
    // Each sum is a new object of the engine: none is made where nothing changes.
    if (counted !== amount) this.room += amount - counted;
    this.settled = minOf(sum, AMOUNT_MAX);
    if (doubt !== 0n) this.doubt = minOf(this.doubt + doubt, AMOUNT_MAX);
    this.count++;
  }

  /** @param sentAt of the report that was answered. */
  renew(sentAt: number, validForMs: number): void {
    this.admitUntil = Math.max(this.admitUntil, Math.min(this.endsAt, sentAt + validForMs));
  }

  /** Of a retired lease, or of one that is recalled, what it does not need is given up for good. */
  giveUpSlack(): void {
    const slack = maxOf(0n, this.room);
    this.cap -= slack;
    this.room -= slack;
  }

  /** Requests count from their admission on: what is under way is no room that could come back, but for what waits. */
  report(now: number): LeaseReport {
    this.toldAt = now;
    this.sequence += 1n;
    const { number, sequence, cap, settled, held, pinned, doubt } = this;
    const sum = this.name.unit === 'requests' ? settled + held - pinned : settled;
    return { number, sequence, cap, count: BigInt(this.count), sum, doubt };
  }

  final(): LeaseFinal {
    return { ...this.name, count: BigInt(this.count), sum: this.settled, doubt: this.doubt };
  }
}

/** So long as has surely not passed for the ledger. What is needed after it is asked for again, each time for a thousandth of before. */
const onAnyClock = (ms: number): number => ms * (1 - DRIFT_PER_THOUSAND / 1_000);
