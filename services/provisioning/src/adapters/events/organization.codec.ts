import { organizationId } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { OrganizationEvent } from '../../domain/organization/organization.events';
import { eventCodec } from './event-codec';

export const organizationCodec = eventCodec<OrganizationEvent>(
  {
    OrganizationCreated: ({ organizationId, name }) =>
      eventsV1.OrganizationCreated.toJSON({ organizationId, name }),
  },
  {
    'OrganizationCreated@1': (data) => {
      const stored = eventsV1.OrganizationCreated.fromJSON(data);
      return {
        type: 'OrganizationCreated',
        version: 1,
        organizationId: organizationId(stored.organizationId),
        name: stored.name,
      };
    },
  },
);
