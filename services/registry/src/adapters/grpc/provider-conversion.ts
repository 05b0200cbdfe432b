import type { RequestChecks } from '@gatehouse/grpc';
import { callsDeployments, DIALECT_NAMES, type DialectName, type EndpointKind } from '@gatehouse/offering';
import { enumWords, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { kindsOf, withKind } from '../../domain/integration/credential-kind';
import type { CredentialKindName } from '../../domain/integration/provider';
import {
  type AuthScheme,
  calledDialect,
  type CustomHostRule,
  type FormField,
  isServed,
  type Provider,
  type Quirks,
  secretFieldsOf,
} from '../../domain/integration/provider';

const CUSTOM_HOST_RULE: Readonly<Record<CustomHostRule, registryV1.CustomHostRule>> = enumWords(
  registryV1.CustomHostRule,
);

export const DIALECT: Readonly<Record<DialectName, typeV1.Dialect>> = enumWords(typeV1.Dialect);

export const AUTH_SCHEME: Readonly<Record<AuthScheme, typeV1.AuthScheme>> = enumWords(typeV1.AuthScheme);

export const CREDENTIAL_KIND: Readonly<Record<CredentialKindName, typeV1.CredentialKind>> = enumWords(
  typeV1.CredentialKind,
);

const ENDPOINT_KIND: Readonly<Record<EndpointKind, typeV1.EndpointKind>> = enumWords(typeV1.EndpointKind);

/** Undefined where none is named; a fault where it is none of ours. */
export const fromProtoDialect = (
  value: typeV1.Dialect,
  field: string,
  checks: RequestChecks,
): DialectName | undefined => {
  if (value === typeV1.Dialect.UNSPECIFIED) return undefined;
  const known = DIALECT_NAMES.find((dialect) => DIALECT[dialect] === value);
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
  takesDeployments: callsDeployments(calledDialect(provider)),
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
