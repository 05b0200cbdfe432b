import { EVENTS } from '@gatehouse/events';
import { organizationId } from '@gatehouse/kernel';
import type { OrganizationEvent } from '../../domain/organization/organization.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const organizationCodec = EVENTS.codec<OrganizationEvent>({
  OrganizationCreated: {
    toMessage: (event) => event,
    fromMessage: ({ organizationId: id, name }) => ({ organizationId: organizationId(id), name }),
  },
  WorkspacesConnectingSet: {
    toMessage: (event) => event,
    fromMessage: ({ organizationId: id, allowed }) => ({ organizationId: organizationId(id), allowed }),
  },
  OrganizationApprovalChanged: {
    toMessage: (event) => event,
    fromMessage: ({ organizationId: id, required }) => ({ organizationId: organizationId(id), required }),
  },
  OrganizationLimitsChanged: {
    toMessage: ({ organizationId: id, limits }) => ({ organizationId: id, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
});
