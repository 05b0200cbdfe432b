import type { Amounts, Unit } from './amounts';
import type { LeaseScope, LimitState } from './limit-state';

/** One ask for slices of all limits of a request: from each of them or from none. */
export interface SliceAsk {
  /** Never used twice by a journal; repeated when no answer came. */
  readonly id: string;
  readonly organizationId: string;
  readonly scopes: readonly LeaseScope[];
  /** Per unit, of every limit that `wishes` does not name. */
  readonly want: Amounts;
  /** Per unit, what is of any use; never above `want`. */
  readonly least: Amounts;
  /** The cost in USD is unknown. */
  readonly unpriced: boolean;
  /** Limit → what is wanted of it; 0: there is room of it here. */
  readonly wishes: ReadonlyMap<string, bigint>;
  /** How long it may stand in line, in milliseconds. */
  readonly waitMs: number;
}

/** A slice of one limit in one period. */
export interface GrantedLease {
  readonly number: bigint;
  readonly limit: LimitState;
  readonly periodStart?: Date;
  readonly cap: bigint;
  /** From the first sending of its ask: how long it may admit, in milliseconds. */
  readonly validForMs: number;
  /** From there: when what granted it ends, whatever is renewed. Absent: never. */
  readonly endsInMs?: number;
  /** The doubt of what was cut stays charged. */
  readonly strict: boolean;
  /** Of the limit, when it was granted; 0: it goes back with whatever is called back of the limit. */
  readonly turn: bigint;
}

/** Whatever the turn of a lease. */
export const ANY_TURN = 2n ** 63n;

export interface Grant {
  readonly kind: 'granted';
  readonly leases: readonly GrantedLease[];
  /** The scopes of the ask, under the revisions in force. */
  readonly scopes: readonly LeaseScope[];
  /** Limits of these scopes of which nothing was granted, since there is room of them here. */
  readonly covered: readonly LimitState[];
  /** From the first sending of the ask: how long these are known to be all limits, in milliseconds. */
  readonly validForMs: number;
}

export interface Denial {
  readonly kind: 'denied';
  readonly reason: 'budget' | 'rate' | 'unpriced';
  /** What stood against it. */
  readonly limit?: LimitState;
  /** It would fit once holds in flight have settled, or idle leases are given back; it waited for that as long as it could. */
  readonly mayFitLater: boolean;
  /**
   * From the first sending of the ask, in milliseconds: for so long whoever needs as much of the limit is denied alike, unless it
   * changes or the ledger says that there is room again. Absent: nothing is said of others.
   */
  readonly validForMs?: number;
}

export type SliceAnswer =
  | Grant
  | Denial
  /** It stands in line; the answer comes by itself. */
  | { readonly kind: 'waiting'; readonly denial: Denial }
  /** The ledger has not heard of these limits yet. */
  | { readonly kind: 'notSeen' }
  /** A scope has ended. */
  | { readonly kind: 'expired' }
  /** The ledger does not serve it; asking again is of no use. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A sign of life, and what was settled so far: absolute, numbered. */
export interface LeaseReport {
  readonly number: bigint;
  readonly sequence: bigint;
  /** Never grows, and is never below what is settled and held. */
  readonly cap: bigint;
  readonly count: bigint;
  readonly sum: bigint;
  /** Of the sum: charged in doubt. */
  readonly doubt: bigint;
}

/** What identifies a lease and the account that it is charged to. */
export interface LeaseName {
  readonly number: bigint;
  readonly organizationId: string;
  readonly limitId: string;
  readonly periodStart?: Date;
  readonly unit: Unit;
  readonly cap: bigint;
}

/** The journal's last word on a lease: how many attempts, and what they cost. */
export interface LeaseFinal extends LeaseName {
  readonly count: bigint;
  readonly sum: bigint;
  readonly doubt: bigint;
}

export interface Facts {
  readonly finals: readonly LeaseFinal[];
  readonly reports: readonly LeaseReport[];
  /** Scopes without limits that are in use, and are to be known for longer. */
  readonly unlimited: readonly LeaseScope[];
}

export interface FactsAnswer {
  /** Reported, and not held open there: nothing more may be admitted under them. */
  readonly gone: readonly bigint[];
  /** Reported, and granted under limits that have changed: they admit nothing more. */
  readonly recalled: readonly bigint[];
  /** Of each unlimited scope, in their order: whether it is so still. */
  readonly unlimitedStill: readonly boolean[];
  /** From the sending: how long the others may admit, none past its own end, and how long scopes are known, in milliseconds. */
  readonly validForMs: number;
}

export type LedgerNotice =
  /** Somebody waits for limits: what is idle of leases up to a turn goes back at once, and slack with every settlement. */
  | { readonly kind: 'recall'; readonly limits: ReadonlyMap<string, bigint> }
  /** Nobody does any more. */
  | { readonly kind: 'calm'; readonly limitIds: readonly string[] }
  /** What was denied of these limits may fit now. */
  | { readonly kind: 'room'; readonly limitIds: readonly string[] }
  | { readonly kind: 'answered'; readonly askId: string; readonly answer: SliceAnswer }
  /** Their limits are others now. */
  | { readonly kind: 'changed'; readonly scopes: readonly LeaseScope[] };

/** What the granted leases are, in the order of the grant. */
export const namesOf = ({ leases }: Grant, organizationId: string): readonly LeaseName[] =>
  leases.map(({ number, limit, cap, periodStart }) => ({
    number,
    organizationId,
    limitId: limit.id,
    unit: limit.unit,
    cap,
    ...(periodStart && { periodStart }),
  }));
