import type { AwsKeys, TokenCredential } from './provider-credential';

/** An identity that the gateway has by where it runs, and that an organization may want to act as. */
export type AmbientIdentity =
  | { readonly kind: 'managed-identity'; readonly clientId?: string }
  | { readonly kind: 'workload-identity'; readonly tenantId: string; readonly clientId: string }
  | { readonly kind: 'gateway-role' };

/**
 * What the operator lent: identities belong to the installation, so whoever may name one could act as somebody else's.
 */
export abstract class AmbientIdentities {
  /** Whether the operator lists the identity for the organization. By default nothing is listed. */
  abstract allows(organizationId: string, identity: AmbientIdentity): boolean;
  /** The token that the cluster wrote for this workload, as it is now. Errors: UNAVAILABLE where there is none. */
  abstract federatedToken(): Promise<string>;
  /** Keys of the gateway's own role, as they are now. Errors: UNAVAILABLE where it has none. */
  abstract gatewayKeys(): Promise<AwsKeys>;
}

/** The identity that a credential makes use of; undefined where it brings its own secret. */
export const ambientIdentityOf = (credential: TokenCredential): AmbientIdentity | undefined => {
  switch (credential.kind) {
    case 'entra-managed-identity':
      return {
        kind: 'managed-identity',
        ...(credential.clientId === undefined ? {} : { clientId: credential.clientId }),
      };
    case 'entra-workload-identity':
      return {
        kind: 'workload-identity',
        tenantId: credential.tenantId,
        clientId: credential.clientId,
      };
    case 'aws-assumed-role':
      return credential.source === 'gateway-role' ? { kind: 'gateway-role' } : undefined;
    case 'entra-client-secret':
    case 'google-service-account':
      return undefined;
  }
};
