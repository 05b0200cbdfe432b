import type { RequestChecks } from '@gatehouse/grpc';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { type CredentialKindName, kindsOf, withKind } from '../../domain/integration/credential-kind';
import { DEPLOYMENT_DIALECT } from '../../domain/integration/deployment';
import {
  type AuthScheme,
  calledDialect,
  type CustomHostRule,
  type Dialect,
  type EndpointKind,
  type FormField,
  isServed,
  type Provider,
  type Quirks,
  secretFieldsOf,
} from '../../domain/integration/provider';

const CUSTOM_HOST_RULE: Readonly<Record<CustomHostRule, registryV1.CustomHostRule>> = {
  refused: registryV1.CustomHostRule.REFUSED,
  optional: registryV1.CustomHostRule.OPTIONAL,
  required: registryV1.CustomHostRule.REQUIRED,
};

export const DIALECT: Readonly<Record<Dialect, typeV1.Dialect>> = {
  openai: typeV1.Dialect.OPENAI,
  'azure-openai': typeV1.Dialect.AZURE_OPENAI,
  anthropic: typeV1.Dialect.ANTHROPIC,
  gemini: typeV1.Dialect.GEMINI,
  bedrock: typeV1.Dialect.BEDROCK,
  cohere: typeV1.Dialect.COHERE,
  other: typeV1.Dialect.OTHER,
};

export const AUTH_SCHEME: Readonly<Record<AuthScheme, typeV1.AuthScheme>> = {
  bearer: typeV1.AuthScheme.BEARER,
  key: typeV1.AuthScheme.KEY,
  token: typeV1.AuthScheme.TOKEN,
  'x-api-key': typeV1.AuthScheme.X_API_KEY,
  'api-key': typeV1.AuthScheme.API_KEY,
  'x-goog-api-key': typeV1.AuthScheme.X_GOOG_API_KEY,
  'aws-sigv4': typeV1.AuthScheme.AWS_SIGV4,
  'google-oauth': typeV1.AuthScheme.GOOGLE_OAUTH,
  'oci-signature': typeV1.AuthScheme.OCI_SIGNATURE,
};

export const CREDENTIAL_KIND: Readonly<Record<CredentialKindName, typeV1.CredentialKind>> = {
  none: typeV1.CredentialKind.NONE,
  'api-key': typeV1.CredentialKind.API_KEY,
  'organization-key': typeV1.CredentialKind.ORGANIZATION_KEY,
  'azure-key': typeV1.CredentialKind.AZURE_KEY,
  'entra-client-secret': typeV1.CredentialKind.ENTRA_CLIENT_SECRET,
  'entra-managed-identity': typeV1.CredentialKind.ENTRA_MANAGED_IDENTITY,
  'entra-workload-identity': typeV1.CredentialKind.ENTRA_WORKLOAD_IDENTITY,
  'aws-access-key': typeV1.CredentialKind.AWS_ACCESS_KEY,
  'aws-assumed-role': typeV1.CredentialKind.AWS_ASSUMED_ROLE,
  'bedrock-api-key': typeV1.CredentialKind.BEDROCK_API_KEY,
  'google-service-account': typeV1.CredentialKind.GOOGLE_SERVICE_ACCOUNT,
  'google-api-key': typeV1.CredentialKind.GOOGLE_API_KEY,
  'custom-headers': typeV1.CredentialKind.CUSTOM_HEADERS,
};

const ENDPOINT_KIND: Readonly<Record<EndpointKind, typeV1.EndpointKind>> = {
  'chat-completions': typeV1.EndpointKind.CHAT_COMPLETIONS,
  completions: typeV1.EndpointKind.COMPLETIONS,
  embeddings: typeV1.EndpointKind.EMBEDDINGS,
  images: typeV1.EndpointKind.IMAGES,
  speech: typeV1.EndpointKind.SPEECH,
  transcriptions: typeV1.EndpointKind.TRANSCRIPTIONS,
  responses: typeV1.EndpointKind.RESPONSES,
  messages: typeV1.EndpointKind.MESSAGES,
  rerank: typeV1.EndpointKind.RERANK,
};

/** Undefined where none is named; a fault where it is none of ours. */
export const fromProtoDialect = (
  value: typeV1.Dialect,
  field: string,
  checks: RequestChecks,
): Dialect | undefined => {
  if (value === typeV1.Dialect.UNSPECIFIED) return undefined;
  const known = (Object.keys(DIALECT) as Dialect[]).find((dialect) => DIALECT[dialect] === value);
  if (known === undefined) checks.fault(field, 'must be a known dialect');
  return known;
};

export const toProtoProvider = (
  provider: Provider,
  models: readonly typeV1.Model[] = [],
): registryV1.Provider => ({
  name: provider.name,
  displayName: provider.displayName,
  baseUrl: provider.baseUrl,
  customHost: CUSTOM_HOST_RULE[provider.customHost],
  credentialFields: secretFieldsOf(provider).map(({ name, required }) => (required ? name : `${name}?`)),
  dialect: provider.dialects[0],
  models: [...models],
  dialects: provider.dialects.map((dialect) => DIALECT[dialect]),
  auth: AUTH_SCHEME[provider.auth],
  endpoints: provider.endpoints.map(({ kind, path }) => ({ kind: ENDPOINT_KIND[kind], path })),
  form: provider.form.map(toProtoFormField),
  deprecated: provider.deprecated,
  served: isServed(provider),
  quirks: toProtoQuirks(provider.quirks),
  explicitModelsAdvised: provider.explicitModelsAdvised,
  credentialKinds: kindsOf(provider).map(({ name, label }) => ({
    kind: CREDENTIAL_KIND[name],
    label,
    form: (withKind(provider, name) ?? provider).form.map(toProtoFormField),
  })),
  takesDeployments: calledDialect(provider) === DEPLOYMENT_DIALECT,
});

/** What gateways need to know of it. */
export const toProtoProviderFacts = (provider: Provider): typeV1.ProviderFacts => ({
  dialects: provider.dialects.map((dialect) => DIALECT[dialect]),
  auth: AUTH_SCHEME[provider.auth],
  endpoints: provider.endpoints.map(({ kind, path }) => ({ kind: ENDPOINT_KIND[kind], path })),
  quirks: toProtoQuirks(provider.quirks),
  served: isServed(provider),
  deprecated: provider.deprecated,
  explicitModelsAdvised: provider.explicitModelsAdvised,
});

export const toProtoQuirks = (quirks: Quirks): typeV1.Quirks => ({
  ...quirks,
  outputLimitSynonyms: [...quirks.outputLimitSynonyms],
  outputMultipliers: [...quirks.outputMultipliers],
  usagePaths: [...quirks.usagePaths],
  cachedInputPaths: [...quirks.cachedInputPaths],
  parameters: [...quirks.parameters],
  outputLimitBefore: quirks.outputLimitBefore,
});

const KIND_NAMES: ReadonlyMap<typeV1.CredentialKind, CredentialKindName> = new Map(
  (Object.keys(CREDENTIAL_KIND) as CredentialKindName[]).map((name) => [CREDENTIAL_KIND[name], name]),
);

/** As the catalog names it; empty where none is said. Undefined for a kind that is not known. */
export const fromProtoCredentialKind = (kind: typeV1.CredentialKind): CredentialKindName | '' | undefined =>
  kind === typeV1.CredentialKind.UNSPECIFIED ? '' : KIND_NAMES.get(kind);

const toProtoFormField = ({ pattern, ...field }: FormField): registryV1.FormField => ({
  ...field,
  pattern: pattern?.source ?? '',
});
