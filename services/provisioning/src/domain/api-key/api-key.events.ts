import type {
  ApiKeyId,
  Limit,
  MemberId,
  OrganizationId,
  OrganizationRole,
  WorkspaceId,
  WorkspaceRole,
} from '@gatehouse/kernel';

/** What a key opens: the organization's control plane, or one workspace. */
export type KeyReach =
  { readonly role: OrganizationRole } | { readonly role: WorkspaceRole; readonly workspaceId: WorkspaceId };

/** Undefined for a key of the whole organization. */
export const workspaceOfReach = (reach: KeyReach): WorkspaceId | undefined =>
  'workspaceId' in reach ? reach.workspaceId : undefined;

/** Stream `apikey-{id}`. */
export interface ApiKeyIssued {
  readonly type: 'ApiKeyIssued';
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly reach: KeyReach;
  readonly name: string;
  /** Whose it is; undefined for a key of a service. */
  readonly memberId: MemberId | undefined;
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
