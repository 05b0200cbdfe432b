import type { ApiKeyId, OrganizationId, SessionId } from '@gatehouse/kernel';

/** A new token: what its holder is told once, and what is kept of it. */
export interface MintedToken {
  readonly token: string;
  /** In hex. */
  readonly hash: string;
}

/** Makes tokens of sessions and of sign-in links that nobody can guess. */
export abstract class SessionMint {
  abstract session(organizationId: OrganizationId, id: SessionId): MintedToken;
  abstract link(organizationId: OrganizationId, of: ApiKeyId): MintedToken;
}

/** A session, as far as it takes to end it. */
export interface UsedSession {
  readonly sessionId: SessionId;
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
}

/** One that was not used for long, and since when. */
export interface UnusedSession extends UsedSession {
  readonly usedAt: Date;
}

/** When sessions were last used. Who has no entry counts as unused. */
export abstract class SessionUses {
  abstract begin(session: UsedSession, at: Date): Promise<void>;
  /** False, and nothing is changed, for a session that was last used before. */
  abstract use(id: SessionId, at: Date, lastUsedAfter: Date): Promise<boolean>;
  /** Whether it was used since. */
  abstract wasUsed(id: SessionId, lastUsedAfter: Date): Promise<boolean>;
  /** Up to 100 that were not used since, in a fixed order, from after that one. */
  abstract unusedSince(
    lastUsedBefore: Date,
    after: UnusedSession | undefined,
  ): Promise<readonly UnusedSession[]>;
  abstract forget(id: SessionId): Promise<void>;
}

/** How long sessions last. */
export abstract class SessionLifetimes {
  /** Without use, in milliseconds. */
  abstract readonly idleMs: number;
  /** At the most, in milliseconds. */
  abstract readonly longestMs: number;
}
