import { maxOf, minOf } from './amounts';

/** From the first to the last, both included. */
export interface LeaseRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Numbers of a journal's leases, as ranges: they are given one after the other, so that few ranges hold many. */
export class LeaseNumbers {
  private readonly apart: LeaseRange[] = [];

  /** In order, with at least one number between two of them. */
  get ranges(): readonly LeaseRange[] {
    return this.apart;
  }

  add(number: bigint): void {
    this.addRange({ first: number, last: number });
  }

  /** What is there already is there once. */
  addRange({ first, last }: LeaseRange): void {
    const { apart } = this;
    // Leases end nearly in the order in which they began: those with the highest numbers are looked at first.
    let from = apart.length;
    while (from > 0 && (apart[from - 1] as LeaseRange).last >= first - 1n) from--;
    let to = from;
    while (to < apart.length && (apart[to] as LeaseRange).first <= last + 1n) to++;
    const joined = apart.slice(from, to);
    apart.splice(from, to - from, {
      first: minOf(first, joined[0]?.first ?? first),
      last: maxOf(last, joined.at(-1)?.last ?? last),
    });
  }

  clear(): void {
    this.apart.length = 0;
  }
}

/** Leases whose finals the ledger has acknowledged since it was recovered last, if it was: by then it knew of those before. */
export class AcknowledgedLeases {
  private readonly numbers = new LeaseNumbers();
  private since: Date | undefined;

  /** In order. */
  get ranges(): readonly LeaseRange[] {
    return this.numbers.ranges;
  }

  get recoveredAt(): Date | undefined {
    return this.since;
  }

  /** @param recoveredAt as it was told with them. */
  add(ranges: readonly LeaseRange[], recoveredAt: Date | undefined): void {
    if (recoveredAt?.getTime() !== this.since?.getTime()) this.numbers.clear();
    this.since = recoveredAt;
    for (const range of ranges) this.numbers.addRange(range);
  }

  clear(): void {
    this.numbers.clear();
    this.since = undefined;
  }
}

export const isAmong = (ranges: readonly LeaseRange[], number: bigint): boolean =>
  ranges.some(({ first, last }) => first <= number && number <= last);
