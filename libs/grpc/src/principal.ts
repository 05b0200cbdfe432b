import type { ApiKeyId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { Identity, ServiceName } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';

/** Who calls. */
export type Principal =
  | { readonly kind: 'service'; readonly name: ServiceName }
  | { readonly kind: 'operator' }
  | { readonly kind: 'adminKey'; readonly keyId: ApiKeyId; readonly organizationId: OrganizationId }
  | {
      readonly kind: 'workspaceKey';
      readonly keyId: ApiKeyId;
      readonly organizationId: OrganizationId;
      readonly workspaceId: WorkspaceId;
    };

/** What a caller may do; declared beside each RPC with `@Requires`. */
export type Permission =
  /** The control plane of the caller's organization. */
  | 'organization.admin'
  /** Reading usage and limits: an admin all of the organization, a workspace key its own workspace. */
  | 'usage.read'
  /** Anything of the caller's own that is no secret, e.g. the catalog. */
  | 'authenticated'
  /** Creating organizations and their first admin keys. */
  | 'operator'
  /** The operator, or an admin of the organization. */
  | 'operator.or.admin'
  /** Internal RPCs for gateways. */
  | 'service.gateway'
  /** Internal RPCs for the registry. */
  | 'service.registry'
  /** Internal RPCs for any service. */
  | 'service';

/** The one table of who may what. */
export const mayDo = (principal: Principal, permission: Permission): boolean => {
  switch (permission) {
    case 'organization.admin':
      return principal.kind === 'adminKey';
    case 'usage.read':
      return principal.kind === 'adminKey' || principal.kind === 'workspaceKey';
    case 'authenticated':
      return true;
    case 'operator':
      return principal.kind === 'operator';
    case 'operator.or.admin':
      return principal.kind === 'operator' || principal.kind === 'adminKey';
    case 'service.gateway':
      return principal.kind === 'service' && principal.name === 'gateway';
    case 'service.registry':
      return principal.kind === 'service' && principal.name === 'registry';
    case 'service':
      return principal.kind === 'service';
  }
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
