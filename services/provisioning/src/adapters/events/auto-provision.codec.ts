import { EVENTS } from '@gatehouse/events';
import { integrationId, organizationId } from '@gatehouse/kernel';
import type { AutoProvisionEvent } from '../../domain/auto-provision/auto-provision.events';
import { fromProtoExisting, toProtoExisting } from './existing-provisions';
import { fromProtoRecordedAccess, toProtoModelAccess } from './model-access';
import { fromProtoRecordedSpecs, toProtoSpecs } from './recorded-limits';

export const autoProvisionCodec = EVENTS.codec<AutoProvisionEvent>({
  AutoProvisionPolicySet: {
    toMessage: ({ limits, models, existing, ...event }) => ({
      ...event,
      limits: toProtoSpecs(limits),
      models: toProtoModelAccess(models),
      existing: toProtoExisting(existing),
    }),
    fromMessage: (message) => {
      const existing = fromProtoExisting(message.existing);
      return {
        ...aboutOf(message),
        limits: fromProtoRecordedSpecs(message.limits),
        models: fromProtoRecordedAccess(message.models),
        ...(existing && { existing }),
      };
    },
  },
  AutoProvisionTurnedOff: { toMessage: (event) => event, fromMessage: (message) => aboutOf(message) },
  AutoProvisionEnded: { toMessage: (event) => event, fromMessage: (message) => aboutOf(message) },
});

const aboutOf = (message: { readonly organizationId: string; readonly integrationId: string }) => ({
  organizationId: organizationId(message.organizationId),
  integrationId: integrationId(message.integrationId),
});
