import { amountOf, type Amounts, type Unit } from './amounts';
import type { Lease } from './lease';
import type { LeaseScope, LimitState } from './limit-state';
import type { Pool } from './pool';

/** A request that is to be held against all limits of some scopes. */
export interface HoldRequest {
  readonly organizationId: string;
  /** All whose limits apply; not empty. */
  readonly scopes: readonly LeaseScope[];
  /** The worst that it can come to. */
  readonly want: Amounts;
  /** The worst that it can come to at the least that is of any use; never above `want`. */
  readonly least: Amounts;
  /** The cost in USD is unknown. */
  readonly unpriced: boolean;
}

/** What one attempt takes of one lease. */
export interface HeldPart {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly amount: bigint;
}

/** What an attempt is charged to one lease. */
export interface LeaseCharge {
  readonly lease: bigint;
  readonly charged: bigint;
  /** Of it: in doubt. */
  readonly doubt: bigint;
}

/** What an attempt costs limits, per unit. */
export interface LimitCharge {
  /** `kept` included. */
  readonly sum: Amounts;
  /** How much more it may have cost: charged where a limit is strict, and freed otherwise. */
  readonly doubt: Amounts;
  /** Of the sum: charged although it is in doubt. */
  readonly kept: Amounts;
}

/** Room for one attempt, taken of a lease of each limit that applies. It ends by being settled or given back, once. */
export class Hold {
  constructor(
    readonly parts: readonly HeldPart[],
    /** What the attempt may come to, per unit: between what was wanted and the least. */
    readonly cap: Amounts,
    /** Monotonic milliseconds, until which these are known to be all limits of its scopes. */
    readonly knownUntil: number,
  ) {}

  /** Monotonic milliseconds: past it nothing may be sent under it. Infinity where no limit applies. */
  get admitUntil(): number {
    let first = Infinity;
    for (const { lease } of this.parts) first = Math.min(first, lease.admitUntil);
    return first;
  }

  /** The limits that apply, as they stand for this journal. */
  limits(now: number): readonly LimitState[] {
    return this.parts.map(({ pool }) => pool.stateHere(now));
  }

  /** What the attempt costs each of its leases. */
  chargesOf({ sum, doubt, kept }: LimitCharge): readonly LeaseCharge[] {
    return this.parts.map(({ lease, pool: { unit } }) => {
      const charged = amountOf(sum, unit);
      const inDoubt = amountOf(kept, unit);
      const more = lease.strict ? amountOf(doubt, unit) : 0n;
      // Each sum is a new object of the engine.
      return more === 0n
        ? { lease: lease.number, charged, doubt: inDoubt }
        : { lease: lease.number, charged: charged + more, doubt: inDoubt + more };
    });
  }

  /** What it costs them as long as nothing is known but that it may have run: all that it may come to, in doubt. */
  chargesInFull(): readonly LeaseCharge[] {
    return this.parts.map(({ lease, amount, pool }) => ({
      lease: lease.number,
      charged: amount,
      doubt: doubtful(pool.unit) ? amount : 0n,
    }));
  }
}

/** A request counts from its admission on, whatever became of it. */
const doubtful = (unit: Unit): boolean => unit !== 'requests';
