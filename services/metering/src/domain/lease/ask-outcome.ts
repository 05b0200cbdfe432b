import type { LeaseId } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { LimitState } from '../ledger/limit-state';

export interface Grant {
  readonly kind: 'grant';
  /** Absent where no limit applies. */
  readonly leaseId: LeaseId | undefined;
  readonly cap: Amounts;
  readonly validForMs: number;
  /** The tightest limit of each kind. */
  readonly limits: readonly LimitState[];
  readonly strict: boolean;
}

export interface Denial {
  readonly kind: 'denial';
  readonly reason: 'budgetExceeded' | 'rateLimitExceeded' | 'unpriced';
  /** What stood against it. */
  readonly limit: LimitState;
  /** It would fit once the holds in flight have settled. */
  readonly mayFitLater: boolean;
  /** How long whoever needs as much is denied alike, unless somebody makes room by hand; 0: nothing is said of others. */
  readonly validForMs: number;
}

export type AskOutcome = Grant | Denial;
