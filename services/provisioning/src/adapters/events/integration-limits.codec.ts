import { EVENTS } from '@gatehouse/events';
import { integrationId, organizationId } from '@gatehouse/kernel';
import type { IntegrationLimitsEvent } from '../../domain/integration-limits/integration-limits.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const integrationLimitsCodec = EVENTS.codec<IntegrationLimitsEvent>({
  IntegrationLimitsChanged: {
    toMessage: ({ limits, ...event }) => ({ ...event, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      integrationId: integrationId(message.integrationId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
});
