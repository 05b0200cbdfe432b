import { EVENTS } from '@gatehouse/events';
import { integrationId, limitId, organizationId, provisionId, workspaceId } from '@gatehouse/kernel';
import type { ProvisionEvent } from '../../domain/provision/provision.events';
import { fromProtoRecordedAccess, toProtoModelAccess } from './model-access';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const provisionCodec = EVENTS.codec<ProvisionEvent>({
  IntegrationProvisioned: {
    toMessage: ({ limits, models, ...event }) => ({
      ...event,
      limits: toProtoLimits(limits),
      models: toProtoModelAccess(models),
    }),
    fromMessage: (message) => ({
      provisionId: provisionId(message.provisionId),
      organizationId: organizationId(message.organizationId),
      workspaceId: workspaceId(message.workspaceId),
      integrationId: integrationId(message.integrationId),
      limits: fromProtoRecordedLimits(message.limits),
      models: fromProtoRecordedAccess(message.models),
      ...(message.expiresAt && { expiresAt: message.expiresAt }),
    }),
  },
  ProvisionLimitsChanged: {
    toMessage: ({ provisionId, limits }) => ({ provisionId, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      provisionId: provisionId(message.provisionId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
  ProvisionLimitRaised: {
    toMessage: ({ limits, ...event }) => ({ ...event, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      provisionId: provisionId(message.provisionId),
      limitId: limitId(message.limitId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
  ProvisionExpiryChanged: {
    toMessage: (event) => event,
    fromMessage: ({ provisionId: id, expiresAt }) => ({
      provisionId: provisionId(id),
      ...(expiresAt && { expiresAt }),
    }),
  },
  ModelsAllowed: {
    toMessage: ({ provisionId, models }) => ({ provisionId, models: toProtoModelAccess(models) }),
    fromMessage: (message) => ({
      provisionId: provisionId(message.provisionId),
      models: fromProtoRecordedAccess(message.models),
    }),
  },
  ProvisionEnabled: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ provisionId: provisionId(message.provisionId) }),
  },
  ProvisionDisabled: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ provisionId: provisionId(message.provisionId) }),
  },
});
