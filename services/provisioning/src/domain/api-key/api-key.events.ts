import type { ApiKeyId, Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** What a key opens: the organization's control plane, or the models of one workspace. */
export type KeyScope =
  { readonly role: 'admin' } | { readonly role: 'workspace'; readonly workspaceId: WorkspaceId };

/** Stream `apikey-{id}`. */
export interface ApiKeyIssued {
  readonly type: 'ApiKeyIssued';
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly scope: KeyScope;
  readonly name: string;
  readonly limits: readonly Limit[];
  /** HMAC-SHA256 of the key under the pepper, in hex. */
  readonly hash: string;
  /** Empty from before peppers had ids. */
  readonly pepperId: string;
}

export interface ApiKeyRevoked {
  readonly type: 'ApiKeyRevoked';
  readonly apiKeyId: ApiKeyId;
  readonly revokedAt: Date;
}

export type ApiKeyEvent = ApiKeyIssued | ApiKeyRevoked;
