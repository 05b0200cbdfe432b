import type { JournalId, LimitId, OrganizationId } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { Denial } from '../lease/ask-outcome';
import type { LimitState } from '../ledger/limit-state';
import type { Scope, ScopeAt } from '../limit/limit-in-force';

/** One ask for slices of all limits of a request. */
export interface AskSlices {
  readonly type: 'AskSlices';
  readonly askId: string;
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly ScopeAt[];
  /** Per unit, of limits that `wishes` does not name. */
  readonly want: Amounts;
  /** Never above what is wanted. */
  readonly least: Amounts;
  /** The cost in USD is unknown. */
  readonly unpriced: boolean;
  /** 0: the journal has room of it. */
  readonly wishes: ReadonlyMap<LimitId, bigint>;
  /** How long it may stand in line for what does not fit now; 0: it is answered at once. */
  readonly waitMs: number;
}

export interface GrantedLease {
  readonly number: bigint;
  /** After the grant. */
  readonly limit: LimitState;
  readonly cap: bigint;
  /** From the first sending of the ask. */
  readonly validForMs: number;
  /** Its own end, from then; absent where it has none. */
  readonly endsInMs: number | undefined;
  readonly strict: boolean;
  /**
   * Of the limit, when it was granted; 0 where somebody waits who might have it, so that it is called back from the start. No walk of the
   * simulator, in which one process serves, is refused anything for want of that: the contract of leases holds it.
   */
  readonly turn: bigint;
}

export interface SliceGrant {
  readonly kind: 'slices';
  readonly leases: readonly GrantedLease[];
  readonly scopes: readonly ScopeAt[];
  /** Limits that gave nothing because nothing of them was wanted. */
  readonly covered: readonly LimitState[];
  readonly validForMs: number;
}

export interface AskRefused {
  readonly kind: 'refused';
  readonly reason: 'SCOPE_OF_ANOTHER_ORGANIZATION' | 'LEDGER_RESTORED';
}

export interface AskExpired {
  readonly kind: 'expired';
  readonly scope: Scope;
}

/** What is kept, so that a repetition hears the same. */
export type SliceOutcome = SliceGrant | Denial;

/** It stands in line: its repetition tells how it was answered, or that it stands there still. */
export interface AskWaiting {
  readonly kind: 'waiting';
  /** How many stand before it, where it waits for what the denial shows. */
  readonly ahead: number;
  readonly denial: Denial;
}

export type SliceAnswer = SliceOutcome | AskWaiting | AskRefused | AskExpired | { readonly kind: 'notSeen' };
