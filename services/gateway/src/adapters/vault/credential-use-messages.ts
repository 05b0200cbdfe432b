import type { CredentialKind, CredentialUse, KeyScheme } from '@gatehouse/provider-auth';
import { typeV1 } from '@gatehouse/proto-gen';

/** Undefined for a kind that this gateway does not know. */
export const fromProtoCredentialUse = (use: typeV1.CredentialUse): CredentialUse | undefined => {
  const kind = KINDS.get(use.kind);
  return (
    kind && {
      kind,
      scheme: SCHEMES.get(use.auth) ?? 'bearer',
      fields: use.fields,
      audience: use.audience,
      externalId: use.externalId,
    }
  );
};

export const toProtoCredentialUse = (use: CredentialUse): typeV1.CredentialUse => ({
  kind: keyOf(KINDS, use.kind),
  auth: keyOf(SCHEMES, use.scheme),
  fields: { ...use.fields },
  audience: use.audience,
  externalId: use.externalId,
});

const keyOf = <K, V>(map: ReadonlyMap<K, V>, wanted: V): K => {
  for (const [key, value] of map) if (value === wanted) return key;
  throw new Error('a credential is used in a way that has no word');
};

const { CredentialKind: Kind, AuthScheme } = typeV1;

const KINDS: ReadonlyMap<typeV1.CredentialKind, CredentialKind> = new Map([
  [Kind.NONE, 'none'],
  [Kind.API_KEY, 'api-key'],
  [Kind.ORGANIZATION_KEY, 'organization-key'],
  [Kind.AZURE_KEY, 'azure-key'],
  [Kind.ENTRA_CLIENT_SECRET, 'entra-client-secret'],
  [Kind.ENTRA_MANAGED_IDENTITY, 'entra-managed-identity'],
  [Kind.ENTRA_WORKLOAD_IDENTITY, 'entra-workload-identity'],
  [Kind.AWS_ACCESS_KEY, 'aws-access-key'],
  [Kind.AWS_ASSUMED_ROLE, 'aws-assumed-role'],
  [Kind.BEDROCK_API_KEY, 'bedrock-api-key'],
  [Kind.GOOGLE_SERVICE_ACCOUNT, 'google-service-account'],
  [Kind.GOOGLE_API_KEY, 'google-api-key'],
  [Kind.CUSTOM_HEADERS, 'custom-headers'],
]);

/** How a key is shown; what is no key's scheme is its kind's own. */
const SCHEMES: ReadonlyMap<typeV1.AuthScheme, KeyScheme> = new Map([
  [AuthScheme.BEARER, 'bearer'],
  [AuthScheme.KEY, 'key'],
  [AuthScheme.TOKEN, 'token'],
  [AuthScheme.X_API_KEY, 'x-api-key'],
  [AuthScheme.API_KEY, 'api-key'],
  [AuthScheme.X_GOOG_API_KEY, 'x-goog-api-key'],
]);
