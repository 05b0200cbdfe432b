import { credentialMalformed } from './auth-errors';
import type { AwsKeys, EntraCloud, ProviderCredential } from './provider-credential';

/** What a credential is, as the catalog's forms name it. */
export const CREDENTIAL_KINDS = [
  'none',
  'api-key',
  'organization-key',
  'azure-key',
  'entra-client-secret',
  'entra-managed-identity',
  'entra-workload-identity',
  'aws-access-key',
  'aws-assumed-role',
  'bedrock-api-key',
  'google-service-account',
  'google-api-key',
  'custom-headers',
] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** Where a key goes: after a word in `Authorization`, or into a header of this name. */
export const KEY_SCHEMES = ['bearer', 'key', 'token', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;
export type KeyScheme = (typeof KEY_SCHEMES)[number];

/** What of a catalog row and of an integration it takes, beside the secret, to use a credential. None of it is secret. */
export interface CredentialUse {
  readonly kind: CredentialKind;
  /** Of an API key. */
  readonly scheme: KeyScheme;
  /** The fields of the form that are not secret, e.g. `region`, `tenant_id`. */
  readonly fields: Readonly<Record<string, string>>;
  /** What it is shown for: the scope of an Entra token, the service of an AWS signature. Empty where it needs none. */
  readonly audience: string;
  /** Of an assumed role, minted by us. Empty for every other kind. */
  readonly externalId: string;
}

/** The secret fields, by name. */
type Secret = Readonly<Record<string, string>>;

/** Before the name of a header that is sealed with a credential. */
const HEADER_FIELD = 'header:';

/**
 * An opened credential as its authenticator takes it. Pure, and the one place that knows how fields are called. Errors:
 * INVALID `PROVIDER_CREDENTIAL_MALFORMED` where a field is missing.
 */
export const providerCredentialOf = (use: CredentialUse, secret: Secret): ProviderCredential => {
  const { fields } = use;
  switch (use.kind) {
    case 'none':
    case 'custom-headers':
    case 'api-key':
      return keyOrHeaders(use.scheme, secret['api_key'], headersIn(secret));
    case 'organization-key':
      return {
        kind: 'organization-key',
        key: required(secret, 'api_key'),
        headers: { ...accountHeaders(secret), ...headersIn(secret) },
      };
    case 'azure-key':
      return shownKey('api-key', required(secret, 'api_key'));
    case 'bedrock-api-key':
      return shownKey('bearer', required(secret, 'api_key'));
    case 'google-api-key':
      // Never in the query, which ends up in logs.
      return shownKey('x-goog-api-key', required(secret, 'api_key'));
    case 'entra-client-secret':
      return { kind: use.kind, ...application(use), clientSecret: required(secret, 'client_secret') };
    case 'entra-workload-identity':
      return { kind: use.kind, ...application(use) };
    case 'entra-managed-identity':
      return {
        kind: use.kind,
        scope: use.audience,
        ...(fields['client_id'] && { clientId: fields['client_id'] }),
      };
    case 'aws-access-key':
      return { kind: use.kind, ...awsKeys(secret), ...awsScope(use) };
    case 'aws-assumed-role':
      return {
        kind: use.kind,
        roleArn: required(fields, 'role_arn'),
        externalId: use.externalId,
        source: secret['aws_access_key_id'] ? awsKeys(secret) : 'gateway-role',
        ...awsScope(use),
      };
    case 'google-service-account':
      return { kind: use.kind, json: required(secret, 'service_account_json') };
  }
};

const keyOrHeaders = (
  scheme: KeyScheme,
  key: string | undefined,
  headers: Readonly<Record<string, string>>,
): ProviderCredential => {
  const plain = Object.keys(headers).length === 0;
  if (!key) return plain ? { kind: 'none' } : { kind: 'static-headers', headers };
  if (plain) return shownKey(scheme, key);
  if (scheme === 'bearer') return { kind: 'organization-key', key, headers };
  const place = PLACES[scheme];
  const value = 'scheme' in place ? `${place.scheme} ${key}` : key;
  return { kind: 'static-headers', headers: { ...headers, [place.header]: value } };
};

const shownKey = (scheme: KeyScheme, key: string): ProviderCredential =>
  scheme === 'bearer' ? { kind: 'bearer-key', key } : { kind: 'header-key', ...PLACES[scheme], key };

const PLACES = {
  key: { header: 'authorization', scheme: 'Key' },
  token: { header: 'authorization', scheme: 'Token' },
  'x-api-key': { header: 'x-api-key' },
  'api-key': { header: 'api-key' },
  'x-goog-api-key': { header: 'x-goog-api-key' },
} as const satisfies Record<Exclude<KeyScheme, 'bearer'>, { header: string; scheme?: string }>;

/** What tells OpenAI whom to bill. */
const accountHeaders = ({ organization, project }: Secret): Readonly<Record<string, string>> => ({
  ...(organization && { 'openai-organization': organization }),
  ...(project && { 'openai-project': project }),
});

/** The headers that are sealed with a credential, under names that no field has. */
export const headersIn = (secret: Secret): Readonly<Record<string, string>> => {
  const names = Object.keys(secret).filter((name) => name.startsWith(HEADER_FIELD));
  if (names.length === 0) return NO_HEADERS;
  return Object.fromEntries(names.map((name) => [name.slice(HEADER_FIELD.length), secret[name] as string]));
};

const NO_HEADERS: Readonly<Record<string, string>> = {};

const CLOUDS: Readonly<Record<string, EntraCloud>> = {
  public: 'public',
  'us-government': 'us-government',
  china: 'china',
};

const application = ({ fields, audience }: CredentialUse) => {
  const cloud = CLOUDS[fields['cloud'] ?? 'public'];
  if (cloud === undefined) throw credentialMalformed('cloud');
  const { tenantId, clientId } = {
    tenantId: required(fields, 'tenant_id'),
    clientId: required(fields, 'client_id'),
  };
  return { cloud, tenantId, clientId, scope: audience };
};

const awsKeys = (secret: Secret): AwsKeys => ({
  accessKeyId: required(secret, 'aws_access_key_id'),
  secretAccessKey: required(secret, 'aws_secret_access_key'),
  ...(secret['aws_session_token'] && { sessionToken: secret['aws_session_token'] }),
});

const awsScope = ({ fields, audience }: CredentialUse) => ({
  region: required(fields, 'region'),
  service: audience,
});

const required = (fields: Secret, name: string): string => {
  const value = fields[name];
  if (!value) throw credentialMalformed(name);
  return value;
};
