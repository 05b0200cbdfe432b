import type { ApiKeyId, OrganizationId, SessionId } from '@gatehouse/kernel';

/** Streams `sessions-{API key id}`. Hashes are keyed, in hex; those of secrets are as the key's own events have them. */
export interface SignInLinkMade {
  readonly type: 'SignInLinkMade';
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly hash: string;
  /** Of the key's secret that it is bound to. */
  readonly secretHash: string;
  readonly expiresAt: Date;
}

export interface SessionBegan {
  readonly type: 'SessionBegan';
  readonly sessionId: SessionId;
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly hash: string;
  /** Of the key's secret that it ends with. */
  readonly secretHash: string;
  readonly beganAt: Date;
  /** At the latest. */
  readonly expiresAt: Date;
  /** Of the link that is void from here on; absent where the key itself was presented. */
  readonly linkHash?: string;
}

export type SessionEndReason = 'signedOut' | 'idle' | 'replaced';

export interface SessionEnded {
  readonly type: 'SessionEnded';
  readonly sessionId: SessionId;
  readonly apiKeyId: ApiKeyId;
  readonly why: SessionEndReason;
}

/** All that began before have ended, and links are void. */
export interface SessionsEnded {
  readonly type: 'SessionsEnded';
  readonly apiKeyId: ApiKeyId;
  /** How often that was done, from 1. */
  readonly epoch: bigint;
}

export type SessionEvent = SignInLinkMade | SessionBegan | SessionEnded | SessionsEnded;
