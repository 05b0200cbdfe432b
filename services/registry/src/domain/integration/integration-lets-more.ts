import type { LetsMore } from '@gatehouse/kernel';
import { callsDeployments, isDeploymentAllowed } from '@gatehouse/offering';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/**
 * Whether more may be spent or called by what is recorded, or somebody else be sent what is called: a model allowed, another
 * credential, host or price, or an integration that serves again. A price is, since budgets count by it.
 * One that is new serves nobody until it is provisioned.
 */
export const integrationLetsMore: LetsMore<Integration, IntegrationEvent> = ({ events, after }) =>
  events.some((event) => letsMore(event, after));

const letsMore = (event: IntegrationEvent, after: Integration): boolean => {
  switch (event.type) {
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
      return false;
    case 'CustomModelRemoved':
      return mayBeCalled(event.name, after);
  }
};

/**
 * Whether a model may be called that is custom no more: then as the catalog has one of its name, which may be cheaper or larger. What the
 * catalog lists, now or later, is not known here. That it was allowed by name has ended with it.
 */
const mayBeCalled = (name: string, integration: Integration): boolean => {
  if (integration.status !== 'connected') return false;
  const { dialect, deployments, modelDecisions } = integration.details;
  if (callsDeployments(dialect))
    return deployments.some(
      ({ alias, model }) => model === name && isDeploymentAllowed(alias, modelDecisions),
    );
  const { revoked, autoEnable, selectedAt } = modelDecisions.access;
  return !revoked.has(name) && (autoEnable || selectedAt > 0n);
};
