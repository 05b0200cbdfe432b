import { maxOf, type Unit } from './amounts';

/** What a limit may be attached to. `workspaceKey`: an API key, by its workspace's template. */
export type ScopeKind =
  'provision' | 'workspace' | 'apiKey' | 'integration' | 'organization' | 'workspaceKey';

/** A scope whose limits apply to a request, under the revision that the gateway knows. */
export interface LeaseScope {
  readonly kind: ScopeKind;
  readonly id: string;
  readonly revision: bigint;
}

/** A limit in its period, as the ledger told it last: the witness of a refusal. Amounts are in its unit. */
export interface LimitState {
  readonly id: string;
  readonly scope: ScopeKind;
  readonly scopeId: string;
  readonly unit: Unit;
  readonly kind: 'budget' | 'rate';
  readonly limit: bigint;
  /** Settled for good. */
  readonly spent: bigint;
  /** Reserved by leases. */
  readonly held: bigint;
  /** Absent when it never resets. */
  readonly resetsAt?: Date;
}

/** What is neither spent nor held; 0 where a limit was lowered below that. */
export const remainingOf = ({ limit, spent, held }: LimitState): bigint => maxOf(0n, limit - spent - held);
