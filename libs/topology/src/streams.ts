import type { SERVICES, ServiceName } from './services';

type StreamPrefix = (typeof SERVICES)[ServiceName]['streams'][number];

/** Which events each kind of stream holds, by the beginning of its name. */
export const STREAM_EVENTS = {
  'integration-': [
    'IntegrationConnected',
    'IntegrationConnectAbandoned',
    'IntegrationReady',
    'IntegrationConnectRefused',
    'IntegrationRenamed',
    'IntegrationDescribed',
    'IntegrationDisabled',
    'IntegrationEnabled',
    'CredentialRotated',
    'IntegrationReconfigured',
    'CredentialRejected',
    'CredentialAccepted',
    'DeploymentAdded',
    'DeploymentChanged',
    'DeploymentRemoved',
    'DefaultDeploymentChanged',
    'IntegrationDeleted',
    'IntegrationKeyDestructionScheduled',
    'IntegrationKeyDestroyed',
    'ListedModelsSelected',
    'ModelSelectionCleared',
    'IntegrationModelsAllowed',
    'IntegrationModelsRevoked',
    'AutoEnableModelsTurnedOn',
    'AutoEnableModelsTurnedOff',
    'CustomModelDefined',
    'CustomModelRemoved',
    'PriceOverridden',
    'PriceOverrideRemoved',
    'PriceMultiplierSet',
  ],
  'slug-': ['SlugReserved', 'SlugReleased'],
  'catalog-': ['CatalogPublished'],
  'pricebook-': ['PriceBookPublished'],
  'secretreference-': ['SecretReferenceDefined', 'SecretReferenceChanged', 'SecretReferenceRemoved'],
  'organization-': ['OrganizationCreated'],
  'workspace-': ['WorkspaceCreated', 'WorkspaceLimitsChanged'],
  'workspacename-': ['WorkspaceNameReserved'],
  'provision-': [
    'IntegrationProvisioned',
    'ProvisionLimitsChanged',
    'ModelsAllowed',
    'ProvisionEnabled',
    'ProvisionDisabled',
  ],
  'connection-': ['WorkspacesConnected', 'WorkspaceRefused'],
  'apikey-': ['ApiKeyIssued', 'ApiKeyRevoked'],
  'budget-': ['BudgetThresholdCrossed', 'LeaseQuarantined', 'HoldExceeded'],
} as const satisfies Record<StreamPrefix, readonly string[]>;

export type EventType = (typeof STREAM_EVENTS)[StreamPrefix][number];
