import {
  apiKeyId,
  AppError,
  integrationId,
  organizationId,
  provisionId,
  workspaceId,
  type SecretLocator,
} from '@gatehouse/kernel';
import { fromProtoModelFacts, fromProtoOffering, fromProtoPrices } from '@gatehouse/offering-messages';
import type { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import {
  type ConfigurationChange,
  type Integration,
  type IntegrationLimits,
  integrationLimitsId,
  type Key,
  type Provision,
  type ProvisionName,
  provisionNameId,
  type Scoped,
  type SecretReference,
  type Workspace,
} from '../../domain/configuration';
import { UNKNOWN_QUIRKS } from '../../domain/quirks';
import { modelIn, type SharedChange } from '../../domain/shared-configuration';

/** Throws AppError INVALID for what this gateway cannot make sense of. */
export const fromProtoConfigEntry = ({ id, value }: provisioningV1.ConfigEntry): ConfigurationChange => {
  switch (value?.$case) {
    case 'integration':
      // It is there for nobody until it is there for all of its workspaces.
      if (value.value.connecting) return { kind: 'gone', id };
      return { kind: 'integration', value: fromProtoIntegration(id, value.value) };
    case 'organization': {
      return { kind: 'organization', value: { id: organizationId(id), ...fromProtoScoped(value.value) } };
    }
    case 'integrationLimits':
      return { kind: 'integrationLimits', value: fromProtoIntegrationLimits(value.value) };
    case 'workspace':
      return { kind: 'workspace', value: fromProtoWorkspace(id, value.value) };
    case 'provision':
      return { kind: 'provision', value: fromProtoProvision(id, value.value) };
    case 'provisionName':
      return { kind: 'provisionName', value: fromProtoProvisionName(value.value) };
    case 'key':
      return { kind: 'key', value: fromProtoKey(id, value.value) };
    case 'secretReference':
      return { kind: 'secretReference', value: fromProtoSecretReference(id, value.value) };
    case 'provider':
      return { kind: 'shared', value: fromProtoProvider(id, value.value) };
    case 'priceBook':
      return { kind: 'shared', value: { kind: 'priceBook', version: value.value.version } };
    case 'model': {
      const { provider, name } = modelIn(id);
      const facts = fromProtoModelFacts(name, value.value);
      return { kind: 'shared', value: { kind: 'model', provider, facts } };
    }
    case 'price': {
      const prices = fromProtoPrices(value.value);
      return { kind: 'shared', value: { kind: 'price', ...modelIn(id), prices } };
    }
    case undefined:
      return { kind: 'gone', id };
  }
};

const fromProtoScoped = ({ revision, limited, usdBudget }: Scoped): Scoped => ({
  revision,
  limited,
  usdBudget,
});

const fromProtoSecretReference = (
  id: string,
  { organizationId: owner, slug, locator }: provisioningV1.SecretReferenceConfig,
): SecretReference => ({
  id,
  organizationId: organizationId(owner),
  slug,
  locator: fromProtoLocator(locator),
});

const fromProtoLocator = (locator: typeV1.SecretLocator | undefined): SecretLocator => {
  const manager = locator?.manager;
  switch (manager?.$case) {
    case 'environment':
      return { kind: 'environment', variable: manager.value };
    case 'file':
      return { kind: 'file', path: manager.value };
    case 'awsSecretsManager':
      return { kind: 'aws-secrets-manager', ...manager.value };
    case 'hashicorpVault':
      return { kind: 'hashicorp-vault', ...manager.value };
    case undefined:
      throw new AppError('INVALID', 'SECRET_LOCATOR_MALFORMED');
  }
};

const fromProtoIntegration = (id: string, config: provisioningV1.IntegrationConfig): Integration => ({
  id: integrationId(id),
  organizationId: organizationId(config.organizationId),
  slug: config.slug,
  provider: config.provider,
  dialect: config.dialect,
  baseUrl: config.baseUrl,
  modelHosts: new Map(Object.entries(config.modelHosts)),
  credentialVersion: config.credentialVersion,
  deployments: new Map(config.deployments.map((deployment) => [deployment.alias, deployment])),
  modelDecisions: fromProtoOffering(config),
  enabled: !config.disabled,
});

const fromProtoIntegrationLimits = (config: provisioningV1.IntegrationLimitsConfig): IntegrationLimits => {
  const limited = integrationId(config.integrationId);
  return {
    id: integrationLimitsId(limited),
    organizationId: organizationId(config.organizationId),
    integrationId: limited,
    ...fromProtoScoped(config),
  };
};

const fromProtoWorkspace = (id: string, config: provisioningV1.WorkspaceConfig): Workspace => ({
  id: workspaceId(id),
  organizationId: organizationId(config.organizationId),
  ...fromProtoScoped(config),
  archived: config.archived,
  defaultMetadata: config.defaultMetadata,
  ...(config.keyTemplate && { keyTemplate: config.keyTemplate }),
});

/** Most provisions name no models, and there are many: a set for each would be most of their memory. */
const NO_NAMES: ReadonlySet<string> = new Set();

const fromProtoProvision = (id: string, config: provisioningV1.ProvisionConfig): Provision => ({
  id: provisionId(id),
  organizationId: organizationId(config.organizationId),
  workspaceId: workspaceId(config.workspaceId),
  integrationId: integrationId(config.integrationId),
  enabled: config.enabled,
  allModels: config.allModels,
  modelNames: config.modelNames.length > 0 ? new Set(config.modelNames) : NO_NAMES,
  ...(config.expiresAt && { expiresAt: config.expiresAt }),
  ...fromProtoScoped(config),
});

const fromProtoProvisionName = (config: provisioningV1.ProvisionNameConfig): ProvisionName => {
  const named = provisionId(config.provisionId);
  return { id: provisionNameId(named), provisionId: named, slug: config.slug };
};

/** What has no end is not taken: it would work for ever. */
const fromProtoEarlier = ({ earlier }: provisioningV1.KeyConfig): Pick<Key, 'earlier'> =>
  earlier?.endsAt
    ? { earlier: { hash: Buffer.from(earlier.hash).toString('hex'), endsAt: earlier.endsAt } }
    : {};

const fromProtoKey = (id: string, config: provisioningV1.KeyConfig): Key => ({
  id: apiKeyId(id),
  organizationId: organizationId(config.organizationId),
  workspaceId: workspaceId(config.workspaceId),
  hash: Buffer.from(config.hash).toString('hex'),
  ...fromProtoScoped(config),
  scopes: new Set(config.scopes),
  ...(config.expiresAt && { expiresAt: config.expiresAt }),
  ...(config.models && !config.models.all && { models: new Set(config.models.names) }),
  ...fromProtoEarlier(config),
});

const fromProtoProvider = (id: string, { quirks }: typeV1.ProviderFacts): SharedChange => ({
  kind: 'provider',
  name: id.slice(id.indexOf(':') + 1),
  quirks: quirks ?? UNKNOWN_QUIRKS,
});
