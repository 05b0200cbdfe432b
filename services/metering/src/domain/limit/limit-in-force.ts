import type { Limit, OrganizationId, ScopeKind } from '@gatehouse/kernel';

/** What a limit is attached to. */
export interface Scope {
  readonly kind: ScopeKind;
  /** Of what the kind says; of a `workspaceKey` that of the key. */
  readonly id: string;
}

export interface ScopeAt {
  readonly scope: Scope;
  readonly revision: bigint;
}

/** A scope's identity, for maps: a key has limits of its own and by its workspace. */
export const keyOfScope = ({ kind, id }: Scope): string => `${kind} ${id}`;

/** What a limit counts. */
export type Unit = 'nanoUsd' | 'tokens' | 'requests';

/** A limit as provisioning's events have it now. */
export interface LimitInForce {
  readonly limit: Limit;
  readonly organizationId: OrganizationId;
  readonly scope: Scope;
  /** Periods of N days count from this day. */
  readonly createdAt: Date;
  /** Since when the limit has its reset rule. */
  readonly ruleSince: Date;
}

/** A scope and its limits, as far as this service has heard. */
export interface ScopeInForce {
  readonly scope: Scope;
  readonly organizationId: OrganizationId;
  /** Revision of the scope's stream, up to which its events were applied. */
  readonly revision: bigint;
  readonly limits: readonly LimitInForce[];
  /** From then on nothing is granted under it; absent where it does not end by itself. */
  readonly expiresAt?: Date;
}
