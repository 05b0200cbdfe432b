import { EVENTS } from '@gatehouse/events';
import { integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { fromProtoModelDecisions, toProtoModelDecisions } from '@gatehouse/offering-messages';
import type { eventsV1 } from '@gatehouse/proto-gen';
import type { IntegrationEvent } from '../../domain/integration/integration.events';
import { slug } from '../../domain/slug/slug';
import {
  fromProtoRecordedPolicy,
  fromProtoRecordedProvision,
  toProtoWantedPolicy,
  toProtoWantedProvision,
} from './wanted-provision';
import { MODEL_DECISIONS } from './model-decisions';
import { fromProtoRecordedSecretUses } from './recorded-secret';

export const integrationCodec = EVENTS.codec<IntegrationEvent>({
  IntegrationConnected: {
    toMessage: ({ modelDecisions, headerNames, deployments, workspaces, autoProvision, ...event }) => ({
      ...event,
      autoProvision: autoProvision && toProtoWantedPolicy(autoProvision),
      ownerWorkspaceId: event.ownerWorkspaceId ?? '',
      workspaces: workspaces.map(toProtoWantedProvision),
      headerNames: [...headerNames],
      deployments: [...deployments],
      models: [],
      customModels: [],
      modelDecisions: toProtoModelDecisions(modelDecisions),
    }),
    fromMessage: ({ models: _models, customModels: _customModels, autoProvision, ...message }) => ({
      ...message,
      ...(autoProvision && { autoProvision: fromProtoRecordedPolicy(autoProvision) }),
      integrationId: integrationId(message.integrationId),
      organizationId: organizationId(message.organizationId),
      slug: slug(message.slug),
      references: fromProtoRecordedSecretUses(message.references),
      ownerWorkspaceId: message.ownerWorkspaceId === '' ? undefined : workspaceId(message.ownerWorkspaceId),
      workspaces: message.workspaces.map(fromProtoRecordedProvision),
      modelDecisions: fromProtoModelDecisions(message.modelDecisions),
    }),
  },
  IntegrationConnectAbandoned: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ integrationId: integrationId(message.integrationId) }),
  },
  IntegrationReady: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ integrationId: integrationId(message.integrationId) }),
  },
  IntegrationConnectRefused: {
    toMessage: (event) => ({ ...event, keyIds: [...event.keyIds] }),
    fromMessage: (message) => ({
      ...message,
      integrationId: integrationId(message.integrationId),
      workspaceId: workspaceId(message.workspaceId),
    }),
  },
  IntegrationRenamed: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  IntegrationDescribed: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  IntegrationDisabled: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ integrationId: integrationId(message.integrationId) }),
  },
  IntegrationEnabled: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ integrationId: integrationId(message.integrationId) }),
  },
  CredentialRotated: {
    toMessage: (event) => event,
    fromMessage: (message) => ({
      ...message,
      integrationId: integrationId(message.integrationId),
      references: fromProtoRecordedSecretUses(message.references),
    }),
  },
  IntegrationReconfigured: {
    toMessage: ({ headerNames, ...event }) => ({ ...event, headerNames: [...headerNames] }),
    fromMessage: (message) => ({
      ...message,
      integrationId: integrationId(message.integrationId),
      references: fromProtoRecordedSecretUses(message.references),
    }),
  },
  CredentialRejected: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  CredentialAccepted: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  DeploymentAdded: {
    toMessage: (event) => event,
    fromMessage: (message) => fromProtoDeploymentEvent(message),
  },
  DeploymentChanged: {
    toMessage: (event) => event,
    fromMessage: (message) => fromProtoDeploymentEvent(message),
  },
  DeploymentRemoved: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  DefaultDeploymentChanged: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  IntegrationDeleted: {
    toMessage: (event) => ({ ...event, keyIds: [...event.keyIds] }),
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  IntegrationKeyDestructionScheduled: {
    toMessage: (event) => event,
    fromMessage: ({ scheduledFor, ...message }) => ({
      ...message,
      integrationId: integrationId(message.integrationId),
      scheduledFor: scheduledFor ?? new Date(0),
    }),
  },
  IntegrationKeyDestroyed: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ ...message, integrationId: integrationId(message.integrationId) }),
  },
  ...MODEL_DECISIONS,
});

const fromProtoDeploymentEvent = ({
  integrationId: id,
  deployment,
}: eventsV1.DeploymentAdded | eventsV1.DeploymentChanged) => {
  if (deployment === undefined) throw new Error('a recorded deployment is missing');
  return { integrationId: integrationId(id), deployment };
};
