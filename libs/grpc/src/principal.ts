import {
  type AccessScope,
  type ApiKeyId,
  AppError,
  type InviteId,
  KEY_ROLES,
  type KeyRole,
  type OrganizationId,
  type OrganizationRole,
  type SessionId,
  type WorkspaceId,
  type WorkspaceRole,
} from '@gatehouse/kernel';
import type { Identity, ServiceName } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';

/** What is known of a key that calls, whatever it opens. */
interface KeyFacts {
  readonly keyId: ApiKeyId;
  readonly organizationId: OrganizationId;
  /** What it may, of all that its role allows. */
  readonly scopes: ReadonlySet<AccessScope>;
  /** When it ends by itself. */
  readonly expiresAt?: Date;
  /** It has limits, or may call some models only. */
  readonly bounded: boolean;
  /** The session whose token was presented, in place of the key. */
  readonly sessionId?: SessionId;
  /** In hex, of the secret that was presented, or that the session was made with. */
  readonly secretHash?: string;
}

export type KeyPrincipal = KeyFacts &
  (
    | { readonly kind: 'organizationKey'; readonly role: OrganizationRole }
    | { readonly kind: 'workspaceKey'; readonly role: WorkspaceRole; readonly workspaceId: WorkspaceId }
  );

/** Whoever holds an ID token that the identity provider made for this installation; it may have been used. */
export interface IdTokenPrincipal {
  readonly kind: 'idToken';
  readonly organizationId: OrganizationId;
  /** In hex: the same for one token, however its signature is spelled. */
  readonly tokenHash: string;
  /** Of whom it is; verified by the provider. */
  readonly email: string;
  /** What the person's groups give; undefined: nothing. */
  readonly role: OrganizationRole | undefined;
  readonly nonce: string;
}

/** Who calls. */
export type Principal =
  | { readonly kind: 'service'; readonly name: ServiceName }
  | { readonly kind: 'operator' }
  | KeyPrincipal
  /** Whoever holds a token of an invite, which may be void by now. */
  | {
      readonly kind: 'invite';
      readonly organizationId: OrganizationId;
      readonly inviteId: InviteId;
      /** In hex. */
      readonly tokenHash: string;
    }
  /** Whoever holds a link to sign in by, which may be void by now. */
  | {
      readonly kind: 'signInLink';
      readonly organizationId: OrganizationId;
      readonly keyId: ApiKeyId;
      /** In hex. */
      readonly tokenHash: string;
    }
  | IdTokenPrincipal;

/** Undefined for whoever calls with no key. */
export const keyOf = (principal: Principal): KeyPrincipal | undefined =>
  principal.kind === 'organizationKey' || principal.kind === 'workspaceKey' ? principal : undefined;

const OWNER_AND_ADMIN = ['owner', 'admin'] as const satisfies readonly KeyRole[];

/**
 * What keys may do; declared with a scope beside each RPC. What a workspace's key may, it may in its own workspace only: to
 * that the RPC itself sees.
 */
const ROLES_WITH = {
  /** Changing what the organization has: its integrations, workspaces and provisions. */
  'organization.admin': OWNER_AND_ADMIN,
  /** Reading what the organization has. */
  'organization.read': [...OWNER_AND_ADMIN, 'auditor'],
  /** Changing what belongs to a workspace's admin: its keys. */
  'workspace.admin': [...OWNER_AND_ADMIN, 'workspaceAdmin'],
  /** Letting somebody into the organization or a workspace: an admin there, and the operator who lets in the first. */
  'key.issue': [...OWNER_AND_ADMIN, 'workspaceAdmin'],
  /** Inviting members: an admin, and the operator who invites the first owner. */
  'member.invite': OWNER_AND_ADMIN,
  /** Reading a workspace's provisions, limits and keys. */
  'workspace.read': [...OWNER_AND_ADMIN, 'auditor', 'workspaceAdmin'],
  /** Reading usage and where limits stand. */
  'usage.read': KEY_ROLES,
  /** Anything of the caller's own that is no secret, e.g. the catalog; not only keys may. */
  authenticated: KEY_ROLES,
} as const satisfies Record<string, readonly KeyRole[]>;

/** A permission that keys can have. */
export type KeyPermission = keyof typeof ROLES_WITH;

/** Whether keys can have it, and so need a scope. */
export const isKeyPermission = (permission: Permission): permission is KeyPermission =>
  permission in ROLES_WITH;

/** A permission that no scope narrows: whom the installation knows by name, and signing in, by which nobody may more than before. */
export type IdentityPermission =
  /** Creating organizations, and tending the installation. */
  | 'operator'
  /** Accepting the invite whose token is presented. */
  | 'invite'
  /** Signing in: a key of the control plane itself, a link, or an ID token. */
  | 'session.create'
  /** Making a link to sign in by: a key of the control plane itself, and the operator. */
  | 'session.link'
  /** What is a session's own. */
  | 'session.own'
  /** Knowing of sessions and ending them: keys of the control plane, each those of keys that it tends. */
  | 'session.tend'
  /** Internal RPCs for gateways. */
  | 'service.gateway'
  /** Internal RPCs for the registry. */
  | 'service.registry'
  /** Internal RPCs for provisioning. */
  | 'service.provisioning'
  /** Internal RPCs for metering. */
  | 'service.metering'
  /** Internal RPCs for any service. */
  | 'service';

/** What a caller may do; declared beside each RPC with `@Requires`. */
export type Permission = KeyPermission | IdentityPermission;

/** The one table of who may what. */
export const mayDo = (principal: Principal, permission: Permission): boolean => {
  const key = keyOf(principal);
  switch (permission) {
    case 'operator':
      return principal.kind === 'operator';
    case 'service.gateway':
      return principal.kind === 'service' && principal.name === 'gateway';
    case 'service.registry':
      return principal.kind === 'service' && principal.name === 'registry';
    case 'service.provisioning':
      return principal.kind === 'service' && principal.name === 'provisioning';
    case 'service.metering':
      return principal.kind === 'service' && principal.name === 'metering';
    case 'service':
      return principal.kind === 'service';
    case 'authenticated':
      return !['invite', 'signInLink', 'idToken'].includes(principal.kind);
    case 'invite':
      return principal.kind === 'invite';
    case 'session.create':
      return principal.kind === 'signInLink' || principal.kind === 'idToken' || isOwnSecret(key);
    case 'session.link':
      return principal.kind === 'operator' || isOwnSecret(key);
    case 'session.own':
      return key?.sessionId !== undefined;
    case 'session.tend':
      return isOfControlPlane(key);
    case 'key.issue':
    case 'member.invite':
      return principal.kind === 'operator' || roleHas(key, permission);
    case 'organization.admin':
    case 'organization.read':
    case 'workspace.admin':
    case 'workspace.read':
    case 'usage.read':
      return roleHas(key, permission);
  }
};

/** A key that calls models is nobody who signs in. */
const isOfControlPlane = (key: KeyPrincipal | undefined): boolean =>
  key !== undefined && key.role !== 'workspaceMember';

/** What a session makes would outlive it. */
const isOwnSecret = (key: KeyPrincipal | undefined): boolean =>
  isOfControlPlane(key) && key?.sessionId === undefined;

const roleHas = (key: KeyPrincipal | undefined, permission: KeyPermission): boolean =>
  key !== undefined && (ROLES_WITH[permission] as readonly KeyRole[]).includes(key.role);

/** Whether a caller has one of these scopes; services, the operator and invites are held by permissions alone. */
export const hasScope = (principal: Principal, anyOf: readonly AccessScope[]): boolean => {
  const key = keyOf(principal);
  return key === undefined || anyOf.some((scope) => key.scopes.has(scope));
};

/** FORBIDDEN `SCOPE_MISSING` where the caller's key has none of these. */
export const demandScope = (principal: Principal, ...anyOf: readonly AccessScope[]): void => {
  if (hasScope(principal, anyOf)) return;
  throw new AppError('FORBIDDEN', 'SCOPE_MISSING', { metadata: { scope: anyOf.join(' or ') } });
};

/** A service, or the operator, as a caller. */
export const identifiedPrincipal = (identity: Identity): Principal =>
  identity === 'operator' ? { kind: 'operator' } : { kind: 'service', name: identity };

/**
 * Tells who a call comes from. Errors: UNAUTHENTICATED `CREDENTIALS_MISSING`, `CREDENTIALS_UNKNOWN`,
 * `SERVICE_TOKEN_OVER_TLS`.
 * @param identity what the caller's verified certificate says.
 */
export abstract class Authenticator {
  abstract authenticate(metadata: Metadata, identity?: Identity): Promise<Principal>;
}

/** A call's principal and where it came from. */
export interface Caller {
  readonly principal: Principal;
  readonly address: string;
}

export const SERVICE_TOKEN_KEY = 'x-gatehouse-service-token';
export const AUTHORIZATION_KEY = 'authorization';
