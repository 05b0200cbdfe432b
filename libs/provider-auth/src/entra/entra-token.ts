import { credentialMalformed } from '../auth-errors';
import type { CredentialOf } from '../provider-credential';
import { entraAuthority, INSTANCE_METADATA_ORIGIN } from '../token-origins';
import { form, oauthToken } from '../tokens/oauth-token';
import type { FreshToken } from '../tokens/token-cache';
import type { TokenTransport } from '../tokens/token-transport';

type Application = CredentialOf<'entra-client-secret' | 'entra-workload-identity'>;

/** It becomes a segment of a path. */
const TENANT = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const DEFAULT_SCOPE = /^https:\/\/[a-z0-9.-]+\/\.default$/;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Client credentials with a secret. */
export const tokenByClientSecret = (
  transport: TokenTransport,
  credential: CredentialOf<'entra-client-secret'>,
  now: Date,
): Promise<FreshToken> =>
  clientCredentials(transport, credential, { client_secret: credential.clientSecret }, now);

/** Client credentials with the token that the cluster signed for this workload. */
export const tokenByFederation = (
  transport: TokenTransport,
  credential: CredentialOf<'entra-workload-identity'>,
  federatedToken: string,
  now: Date,
): Promise<FreshToken> => {
  const proof = { client_assertion_type: ASSERTION_TYPE, client_assertion: federatedToken };
  return clientCredentials(transport, credential, proof, now);
};

const clientCredentials = async (
  transport: TokenTransport,
  application: Application,
  proof: Readonly<Record<string, string>>,
  now: Date,
): Promise<FreshToken> => {
  const { cloud, tenantId, clientId } = application;
  if (!TENANT.test(tenantId)) throw credentialMalformed('tenantId');
  const url = `${entraAuthority(cloud)}/${tenantId}/oauth2/v2.0/token`;
  const body = form({
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: defaultScope(application.scope),
    ...proof,
  });
  return oauthToken(transport, 'entra', { method: 'POST', url, ...body }, now);
};

/** From the machine's metadata service, which speaks v1: a resource in place of a scope. */
export const tokenByManagedIdentity = async (
  transport: TokenTransport,
  credential: CredentialOf<'entra-managed-identity'>,
  now: Date,
): Promise<FreshToken> => {
  const url = new URL('/metadata/identity/oauth2/token', INSTANCE_METADATA_ORIGIN);
  url.searchParams.set('api-version', '2018-02-01');
  url.searchParams.set('resource', defaultScope(credential.scope).replace(/\/\.default$/, ''));
  if (credential.clientId !== undefined) url.searchParams.set('client_id', credential.clientId);
  const request = { method: 'GET', url: url.href, headers: { metadata: 'true' } } as const;
  return oauthToken(transport, 'azure-instance-metadata', request, now);
};

const defaultScope = (scope: string): string => {
  if (!DEFAULT_SCOPE.test(scope)) throw credentialMalformed('scope');
  return scope;
};
