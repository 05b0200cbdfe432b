import { invalidField } from '@gatehouse/kernel';
import { typeV1, type registryV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { unsupported } from '../rest/requests-in';
import type { SecretMapping } from './integration.schema';

const { CredentialKind } = typeV1;

/** Where a secret was given, and is answered no more. */
export const MASK = '********';

/** Portkey's names of fields of providers' forms, and the catalog's. Other fields have the same name in both. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  openai_organization: 'organization',
  openai_project: 'project',
  azure_resource_name: 'resource',
  azure_entra_tenant_id: 'tenant_id',
  azure_entra_client_id: 'client_id',
  azure_entra_client_secret: 'client_secret',
  azure_managed_client_id: 'client_id',
  azure_workload_tenant_id: 'tenant_id',
  azure_workload_client_id: 'client_id',
  aws_region: 'region',
  aws_role_arn: 'role_arn',
  vertex_region: 'region',
  vertex_project_id: 'project_id',
  vertex_service_account_json: 'service_account_json',
};

/** Portkey's words for the kinds of credentials. */
const KINDS: Readonly<Record<string, Readonly<Record<string, typeV1.CredentialKind>>>> = {
  azure_auth_mode: {
    default: CredentialKind.AZURE_KEY,
    entra: CredentialKind.ENTRA_CLIENT_SECRET,
    managed: CredentialKind.ENTRA_MANAGED_IDENTITY,
    workload: CredentialKind.ENTRA_WORKLOAD_IDENTITY,
  },
  aws_auth_type: {
    accessKey: CredentialKind.AWS_ACCESS_KEY,
    assumedRole: CredentialKind.AWS_ASSUMED_ROLE,
  },
  vertex_auth_type: {
    serviceAccount: CredentialKind.GOOGLE_SERVICE_ACCOUNT,
    basic: CredentialKind.GOOGLE_API_KEY,
  },
};

/** What Portkey's names of the fields begin with, by the kind of the credential beside them. */
const PREFIXES: ReadonlyMap<typeV1.CredentialKind, readonly string[]> = new Map([
  [CredentialKind.AZURE_KEY, ['azure_resource_']],
  [CredentialKind.ENTRA_CLIENT_SECRET, ['azure_entra_', 'azure_resource_']],
  [CredentialKind.ENTRA_MANAGED_IDENTITY, ['azure_managed_', 'azure_resource_']],
  [CredentialKind.ENTRA_WORKLOAD_IDENTITY, ['azure_workload_', 'azure_resource_']],
  [CredentialKind.AWS_ACCESS_KEY, ['aws_']],
  [CredentialKind.AWS_ASSUMED_ROLE, ['aws_']],
  [CredentialKind.BEDROCK_API_KEY, ['aws_']],
  [CredentialKind.GOOGLE_SERVICE_ACCOUNT, ['vertex_']],
  [CredentialKind.GOOGLE_API_KEY, ['vertex_']],
]);

/** Names of their own: neither fields nor kinds. */
const HOSTS = ['custom_host', 'huggingface_base_url', 'azure_foundry_url'];
const HEADERS = 'custom_headers';
const DEPLOYMENTS = 'azure_deployment_config';
/** A foundry's only deployment, without the model that has its price. */
const FOUNDRY_DEPLOYMENT = ['azure_deployment_name', 'azure_api_version'];
/** Ours is made with the integration, and shown there. */
const EXTERNAL_ID = 'aws_external_id';
const KEY_FIELD = 'api_key';

const deploymentsSchema = z.array(
  z.object({
    azure_deployment_name: z.string(),
    azure_api_version: z.string(),
    azure_model_slug: z.string(),
    alias: z.string().nullish(),
    is_default: z.boolean().nullish(),
  }),
);
const headersSchema = z.record(z.string(), z.string());

/** What ConnectIntegration and ReconfigureIntegration have in common, and the deployments. */
export interface GivenConfiguration {
  readonly credential: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly customHost: string;
  readonly local: boolean;
  readonly credentialKind: typeV1.CredentialKind;
  readonly deployments: readonly typeV1.Deployment[];
  readonly references: Readonly<Record<string, typeV1.SecretUse>>;
}

export interface RestCredential {
  readonly key: string | undefined;
  readonly configurations: Readonly<Record<string, unknown>>;
  readonly mappings: readonly SecretMapping[];
  /** What the credential is, where the configurations do not say; unspecified: the one of the provider's form. */
  readonly kind: typeV1.CredentialKind;
}

/**
 * A key and Portkey's `configurations` as fields of the provider's form, which the catalog tells the secret ones of. What the form does
 * not have is handed on, and refused by the registry.
 */
export const fromRestConfigurations = (
  provider: Pick<registryV1.Provider, 'form' | 'credentialKinds'>,
  { key, configurations, mappings, kind }: RestCredential,
): GivenConfiguration => {
  if (key === MASK) throw invalidField('key', 'is the mask that stands for a secret');
  const credentialKind = kindIn(configurations) ?? kind;
  const form = provider.credentialKinds.find(({ kind }) => kind === credentialKind)?.form ?? provider.form;
  const secrets = new Set(form.filter(({ secret }) => secret).map(({ name }) => name));
  const given = Object.entries(configurations).flatMap(([name, value]) => fieldOf(name, value));
  if (key !== undefined && key !== '') given.push([keyFieldOf(secrets), key]);
  const headers = headersIn(configurations);
  return {
    credential: Object.fromEntries(given.filter(([name]) => secrets.has(name))),
    fields: Object.fromEntries(given.filter(([name]) => !secrets.has(name))),
    headers,
    customHost: HOSTS.map((name) => configurations[name]).find((host) => typeof host === 'string') ?? '',
    local: Object.keys(headers).length > 0,
    credentialKind,
    deployments: deploymentsIn(configurations),
    references: referencesIn(mappings, secrets),
  };
};

const kindIn = (configurations: Readonly<Record<string, unknown>>): typeV1.CredentialKind | undefined => {
  for (const [name, kinds] of Object.entries(KINDS)) {
    const said = configurations[name];
    if (said === undefined || said === null) continue;
    if (typeof said !== 'string' || !Object.hasOwn(kinds, said))
      throw unsupported(`configurations.${name}`, `must be one of ${Object.keys(kinds).join(', ')}`);
    return kinds[said];
  }
  return undefined;
};

const APART = new Set([...Object.keys(KINDS), ...HOSTS, HEADERS, DEPLOYMENTS]);

/** As a field of the form; none where it says nothing, or is a matter of its own. */
const fieldOf = (name: string, value: unknown): [name: string, value: string][] => {
  if (value === null || value === undefined || value === '' || APART.has(name)) return [];
  if (name === EXTERNAL_ID)
    throw unsupported(`configurations.${name}`, 'is made with the integration, and answered');
  if (FOUNDRY_DEPLOYMENT.includes(name))
    throw unsupported(`configurations.${name}`, `is said in ${DEPLOYMENTS}, with the model behind it`);
  if (value === MASK) throw invalidField(`configurations.${name}`, 'is the mask that stands for a secret');
  // A service account's key file, as an object.
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [[fieldNamed(name), text]];
};

const fieldNamed = (name: string): string =>
  Object.hasOwn(FIELD_NAMES, name) ? (FIELD_NAMES[name] ?? name) : name;

const KEY_TARGET = 'key';
const CONFIGURATION_TARGET = /^configurations\.(?<name>\w+)$/;

const referencesIn = (
  mappings: readonly SecretMapping[],
  secrets: ReadonlySet<string>,
): GivenConfiguration['references'] => {
  const found = new Map<string, typeV1.SecretUse>();
  mappings.forEach(({ target_field: target, secret_reference_id: reference, secret_key: member }, index) => {
    const name = CONFIGURATION_TARGET.exec(target)?.groups?.['name'];
    // What is no API key is said by its name, by which it is answered: who reads finds what was written.
    const field = target === KEY_TARGET ? KEY_FIELD : name && fieldNamed(name);
    if (!field || !secrets.has(field))
      throw invalidField(
        `secret_mappings[${index}].target_field`,
        'must be `key` where there is an API key, or `configurations.` and the name of a secret field of this credential',
      );
    if (found.has(field))
      throw invalidField(`secret_mappings[${index}].target_field`, 'has been mapped before');
    found.set(field, { reference, member: member ?? '' });
  });
  return Object.fromEntries(found);
};

/** null where no field is a secret elsewhere. */
export const toRestMappings = (
  shown: Pick<registryV1.Integration, 'references' | 'credentialKind'>,
): SecretMapping[] | null => {
  const mappings = Object.entries(shown.references).map(([field, { reference, member }]) => ({
    target_field: field === KEY_FIELD ? KEY_TARGET : `configurations.${restNameOf(field, shown)}`,
    secret_reference_id: reference,
    secret_key: member === '' ? null : member,
  }));
  return mappings.length === 0 ? null : mappings;
};

/** Where there is no API key, the only secret. */
const keyFieldOf = (secrets: ReadonlySet<string>): string => {
  const [only] = secrets;
  return !secrets.has(KEY_FIELD) && secrets.size === 1 && only !== undefined ? only : KEY_FIELD;
};

const headersIn = (configurations: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> => {
  const found = headersSchema.safeParse(configurations[HEADERS] ?? {});
  if (!found.success || Object.values(found.data).includes(MASK))
    throw invalidField(
      `configurations.${HEADERS}`,
      'must be texts by name, and not the mask that stands for one',
    );
  return found.data;
};

const deploymentsIn = (configurations: Readonly<Record<string, unknown>>): readonly typeV1.Deployment[] => {
  const found = deploymentsSchema.safeParse(configurations[DEPLOYMENTS] ?? []);
  if (!found.success)
    throw invalidField(
      `configurations.${DEPLOYMENTS}`,
      'must be a list of azure_deployment_name, azure_api_version, azure_model_slug and, if wanted, alias and is_default',
    );
  return found.data.map((one) => ({
    alias: one.alias || one.azure_deployment_name,
    deploymentName: one.azure_deployment_name,
    apiVersion: one.azure_api_version,
    model: one.azure_model_slug,
    isDefault: one.is_default ?? false,
  }));
};

type Configured = Pick<
  registryV1.Integration,
  'fields' | 'credentialKind' | 'customHost' | 'headerNames' | 'deployments' | 'externalId'
>;

/** What is open of an integration's configuration, by the names that it is given by. */
export const toRestConfigurations = (shown: Configured): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(shown.fields).map(([name, value]) => [restNameOf(name, shown), value]),
  ),
  ...kindOf(shown.credentialKind),
  ...(shown.customHost !== '' && { custom_host: shown.customHost }),
  ...(shown.headerNames.length > 0 && {
    [HEADERS]: Object.fromEntries(shown.headerNames.map((name) => [name, MASK])),
  }),
  ...(shown.externalId !== '' && { [EXTERNAL_ID]: shown.externalId }),
  ...(shown.deployments.length > 0 && { [DEPLOYMENTS]: shown.deployments.map(toRestDeployment) }),
});

const toRestDeployment = (deployment: typeV1.Deployment): object => ({
  azure_deployment_name: deployment.deploymentName,
  azure_api_version: deployment.apiVersion,
  azure_model_slug: deployment.model,
  alias: deployment.alias,
  is_default: deployment.isDefault,
});

const kindOf = (kind: typeV1.CredentialKind): Record<string, string> => {
  for (const [name, kinds] of Object.entries(KINDS))
    for (const [word, one] of Object.entries(kinds)) if (one === kind) return { [name]: word };
  return {};
};

/** The catalog's own where Portkey has none. */
const restNameOf = (field: string, { credentialKind }: Pick<Configured, 'credentialKind'>): string => {
  const names = Object.keys(FIELD_NAMES).filter((name) => FIELD_NAMES[name] === field);
  const prefixes = PREFIXES.get(credentialKind) ?? [];
  return names.find((name) => prefixes.some((prefix) => name.startsWith(prefix))) ?? field;
};
