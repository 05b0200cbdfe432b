import type { HostGuard } from '@gatehouse/hosts';
import { type FieldViolation, hasSteeringCharacters } from '@gatehouse/kernel';
import type { DialectName } from '@gatehouse/offering';
import { issuerOf, kindsOf, withKind } from '../../domain/integration/credential-kind';
import type { IntegrationSettings } from '../../domain/integration/integration-settings';
import { calledDialect, filledBaseUrl, isSelfHosted, type Provider } from '../../domain/integration/provider';
import {
  credentialFaults,
  type GivenCredential,
  headerNamesOf,
  openFieldFaults,
} from '../../domain/integration/provider-form';
import { assertAddressesAllowed, baseUrlOf, parseCustomHost, parseHost } from './custom-host';

/** How an admin wants an integration to be called. */
export interface WantedSettings {
  /** The fields of the provider's form that are not secret. */
  readonly fields: ReadonlyMap<string, string>;
  readonly customHost: string;
  readonly local: boolean;
  /** Undefined: the provider's own. */
  readonly api: DialectName | undefined;
  /** By the model's name. */
  readonly modelHosts: ReadonlyMap<string, string>;
  /** As the catalog names it; empty for the one of the provider's form. */
  readonly credentialKind: string;
}

const MODEL_HOSTS_MAX = 100;
const MODEL_NAME_MAX = 256;

/** Whether an integration of a provider is a server of the organization's own: said, or by the kind of provider. */
export const isLocal = ({ local }: Pick<WantedSettings, 'local'>, provider: Provider): boolean =>
  local || isSelfHosted(provider);

/** The provider's row with the form of the kind of credential that is wanted; as it is where it has none such. */
export const inKind = (
  provider: Provider,
  { credentialKind }: Pick<WantedSettings, 'credentialKind'>,
): Provider => withKind(provider, credentialKind) ?? provider;

const kindFault = (provider: Provider): FieldViolation => ({
  field: 'credential_kind',
  description: `must be one of ${kindsOf(provider)
    .map(({ name }) => name)
    .join(', ')}`,
});

export interface JudgedSettings {
  /** Empty where the settings are usable. */
  readonly faults: readonly FieldViolation[];
  readonly settings: IntegrationSettings;
}

/** The settings as they are recorded, and all that is wrong with them. Judges hosts by their text alone. */
export const judgeSettings = (
  wanted: WantedSettings,
  row: Provider,
  headerNames: readonly string[],
  hosts: HostGuard,
): JudgedSettings => {
  const provider = inKind(row, wanted);
  const local = isLocal(wanted, provider);
  const rule = local ? { customHost: 'required' as const } : provider;
  const host = parseCustomHost(wanted.customHost, rule, hosts);
  const nameFaults = modelNameFaults(wanted.modelHosts);
  // A name that no model can have is quoted nowhere.
  const models = (nameFaults.length > 0 ? [] : [...wanted.modelHosts]).map(([name, raw]) => ({
    name,
    host: parseHost(raw, hosts, modelHostField(name)),
  }));
  const customHost = host.ok && host.url ? baseUrlOf(host.url) : '';
  const faults = [
    ...openFieldFaults(provider, wanted.fields, { local, ownHost: wanted.customHost !== '' }),
    ...(host.ok ? [] : [host.fault]),
    ...(local ? [] : foreignFaults(wanted)),
    ...(withKind(row, wanted.credentialKind) ? [] : [kindFault(row)]),
    ...nameFaults,
    ...models.flatMap((model) => (model.host.ok ? [] : [model.host.fault])),
  ];
  const settings = {
    dialect: (local ? wanted.api : undefined) ?? calledDialect(provider),
    baseUrl: customHost === '' ? filledBaseUrl(provider, wanted.fields) : customHost,
    customHost,
    fields: Object.fromEntries(wanted.fields),
    local,
    modelHosts: Object.fromEntries(
      models.flatMap(({ name, host: own }) => (own.ok && own.url ? [[name, baseUrlOf(own.url)]] : [])),
    ),
    headerNames,
    credentialKind: wanted.credentialKind,
    issuer: issuerOf(row, wanted.credentialKind, wanted.fields),
  };
  return { faults, settings };
};

/** The same of a connection that is to be made: what is wrong with its credential as well. */
export const judgeConnection = (
  wanted: WantedSettings & GivenCredential,
  provider: Provider,
  hosts: HostGuard,
): JudgedSettings => {
  const { settings, faults } = judgeSettings(wanted, provider, headerNamesOf(wanted.headers), hosts);
  return {
    settings,
    faults: [...credentialFaults(inKind(provider, wanted), wanted, settings.local), ...faults],
  };
};

/**
 * Judges every address that the hosts have now: to tell the admin at once. Errors: INVALID `REQUEST_INVALID`.
 */
export const assertHostsAllowed = async (
  { customHost, modelHosts }: IntegrationSettings,
  hosts: HostGuard,
): Promise<void> => {
  if (customHost !== '') await assertAddressesAllowed(new URL(customHost), hosts);
  for (const [name, url] of Object.entries(modelHosts)) {
    await assertAddressesAllowed(new URL(url), hosts, modelHostField(name));
  }
};

const modelHostField = (name: string): string => `model_hosts.${name}`;

const foreignFaults = ({ api, modelHosts }: WantedSettings): FieldViolation[] => [
  ...(api === undefined ? [] : [{ field: 'api', description: "is the provider's own, unless it is local" }]),
  ...(modelHosts.size === 0
    ? []
    : [{ field: 'model_hosts', description: 'are possible with local servers alone' }]),
];

const modelNameFaults = (modelHosts: ReadonlyMap<string, string>): FieldViolation[] => {
  const field = 'model_hosts';
  if (modelHosts.size > MODEL_HOSTS_MAX) {
    return [{ field, description: `must be at most ${MODEL_HOSTS_MAX}` }];
  }
  const names = [...modelHosts.keys()];
  const isName = (name: string): boolean =>
    name !== '' && [...name].length <= MODEL_NAME_MAX && !hasSteeringCharacters(name);
  return names.every(isName) ? [] : [{ field, description: 'has a name that no model can have' }];
};
