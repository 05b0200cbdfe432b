import { integrationId, organizationId, provisionId, workspaceId } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { ProvisionEvent } from '../../domain/provision/provision.events';
import { eventCodec } from './event-codec';
import { fromProtoRecordedAccess, toProtoModelAccess } from './model-access';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const provisionCodec = eventCodec<ProvisionEvent>(
  {
    IntegrationProvisioned: ({ provisionId, organizationId, workspaceId, integrationId, limits, models }) =>
      eventsV1.IntegrationProvisioned.toJSON({
        provisionId,
        organizationId,
        workspaceId,
        integrationId,
        limits: toProtoLimits(limits),
        models: toProtoModelAccess(models),
      }),
    ProvisionLimitsChanged: ({ provisionId, limits }) =>
      eventsV1.ProvisionLimitsChanged.toJSON({ provisionId, limits: toProtoLimits(limits) }),
    ModelsAllowed: ({ provisionId, models }) =>
      eventsV1.ModelsAllowed.toJSON({ provisionId, models: toProtoModelAccess(models) }),
    ProvisionEnabled: ({ provisionId }) => eventsV1.ProvisionEnabled.toJSON({ provisionId }),
    ProvisionDisabled: ({ provisionId }) => eventsV1.ProvisionDisabled.toJSON({ provisionId }),
  },
  {
    'IntegrationProvisioned@1': (data) => {
      const stored = eventsV1.IntegrationProvisioned.fromJSON(data);
      return {
        type: 'IntegrationProvisioned',
        version: 1,
        provisionId: provisionId(stored.provisionId),
        organizationId: organizationId(stored.organizationId),
        workspaceId: workspaceId(stored.workspaceId),
        integrationId: integrationId(stored.integrationId),
        limits: fromProtoRecordedLimits(stored.limits),
        models: fromProtoRecordedAccess(stored.models),
      };
    },
    'ProvisionLimitsChanged@1': (data) => {
      const stored = eventsV1.ProvisionLimitsChanged.fromJSON(data);
      const limits = fromProtoRecordedLimits(stored.limits);
      return {
        type: 'ProvisionLimitsChanged',
        version: 1,
        provisionId: provisionId(stored.provisionId),
        limits,
      };
    },
    'ModelsAllowed@1': (data) => {
      const stored = eventsV1.ModelsAllowed.fromJSON(data);
      const models = fromProtoRecordedAccess(stored.models);
      return { type: 'ModelsAllowed', version: 1, provisionId: provisionId(stored.provisionId), models };
    },
    'ProvisionEnabled@1': (data) => {
      const stored = eventsV1.ProvisionEnabled.fromJSON(data);
      return { type: 'ProvisionEnabled', version: 1, provisionId: provisionId(stored.provisionId) };
    },
    'ProvisionDisabled@1': (data) => {
      const stored = eventsV1.ProvisionDisabled.fromJSON(data);
      return { type: 'ProvisionDisabled', version: 1, provisionId: provisionId(stored.provisionId) };
    },
  },
);
