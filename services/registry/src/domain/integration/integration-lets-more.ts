import type { LetsMore } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/**
 * Whether more may be spent or called by what is recorded, or somebody else be sent what is called: a model allowed, another
 * credential, host or price, or an integration that serves again. A price is, since budgets count by it.
 * One that is new serves nobody until it is provisioned.
 */
export const integrationLetsMore: LetsMore<Integration, IntegrationEvent> = ({ events }) =>
  events.some(letsMore);

const letsMore = ({ type }: IntegrationEvent): boolean => {
  switch (type) {
    case 'IntegrationEnabled':
    case 'CredentialRotated':
    case 'IntegrationReconfigured':
    case 'DeploymentAdded':
    case 'DeploymentChanged':
    case 'DefaultDeploymentChanged':
    case 'ListedModelsSelected':
    case 'ModelSelectionCleared':
    case 'IntegrationModelsAllowed':
    case 'AutoEnableModelsTurnedOn':
    case 'CustomModelDefined':
    case 'PriceOverridden':
    case 'PriceOverrideRemoved':
    case 'PriceMultiplierSet':
      return true;
    case 'IntegrationConnected':
    case 'IntegrationConnectAbandoned':
    case 'IntegrationReady':
    case 'IntegrationConnectRefused':
    case 'IntegrationRenamed':
    case 'IntegrationDescribed':
    case 'IntegrationDisabled':
    case 'CredentialRejected':
    case 'CredentialAccepted':
    case 'IntegrationDeleted':
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
    case 'IntegrationModelsRevoked':
    case 'AutoEnableModelsTurnedOff':
    case 'DeploymentRemoved':
    case 'CustomModelRemoved':
      return false;
  }
};
