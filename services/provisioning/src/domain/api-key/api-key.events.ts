import type {
  AccessScope,
  ApiKeyId,
  Limit,
  MemberId,
  OrganizationId,
  OrganizationRole,
  WorkspaceId,
  WorkspaceRole,
} from '@gatehouse/kernel';
import type { KeyRotation } from './key-rotation';

/** What a key opens: the organization's control plane, or one workspace. */
export type KeyReach =
  { readonly role: OrganizationRole } | { readonly role: WorkspaceRole; readonly workspaceId: WorkspaceId };

/** Undefined for a key of the whole organization. */
export const workspaceOfReach = (reach: KeyReach): WorkspaceId | undefined =>
  'workspaceId' in reach ? reach.workspaceId : undefined;

/** The models that a key may call, of those that its workspace may: named `@slug/model`. */
export type KeyModels = { readonly all: true } | { readonly all: false; readonly names: readonly string[] };

/** What a key is told once, as it is kept. */
export interface KeySecret {
  /** HMAC-SHA256 of the key under the pepper, in hex. */
  readonly hash: string;
  /** Empty from before peppers had ids. */
  readonly pepperId: string;
  /** What it begins with. Empty from before that was told. */
  readonly prefix: string;
}

/** Stream `apikey-{id}`. */
export interface ApiKeyIssued extends KeySecret {
  readonly type: 'ApiKeyIssued';
  readonly apiKeyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly reach: KeyReach;
  readonly name: string;
  /** Whose it is; undefined for a key of a service: a service account is a key without a person. */
  readonly memberId: MemberId | undefined;
  readonly limits: readonly Limit[];
  /** Empty: all that its role allows. */
  readonly scopes: readonly AccessScope[];
  readonly models: KeyModels;
  readonly expiresAt?: Date;
  /** Absent: nobody says that it is to be rotated. */
  readonly rotation?: KeyRotation | undefined;
}

/** Another secret; the one that it replaces works on until its end, and those before that no more. */
export interface ApiKeyRotated extends KeySecret {
  readonly type: 'ApiKeyRotated';
  readonly apiKeyId: ApiKeyId;
  readonly earlierEndsAt: Date;
  /** Absent: nobody says that it is to be rotated again. */
  readonly rotation?: KeyRotation | undefined;
}

export interface ApiKeyLimitsChanged {
  readonly type: 'ApiKeyLimitsChanged';
  readonly apiKeyId: ApiKeyId;
  readonly limits: readonly Limit[];
}

export interface ApiKeyModelsChanged {
  readonly type: 'ApiKeyModelsChanged';
  readonly apiKeyId: ApiKeyId;
  readonly models: KeyModels;
}

export interface ApiKeyRevoked {
  readonly type: 'ApiKeyRevoked';
  readonly apiKeyId: ApiKeyId;
  readonly revokedAt: Date;
}

export type ApiKeyEvent =
  ApiKeyIssued | ApiKeyRotated | ApiKeyLimitsChanged | ApiKeyModelsChanged | ApiKeyRevoked;
