import { EVENTS } from '@gatehouse/events';
import { organizationId } from '@gatehouse/kernel';
import type { OrganizationEvent } from '../../domain/organization/organization.events';

export const organizationCodec = EVENTS.codec<OrganizationEvent>({
  OrganizationCreated: {
    toMessage: (event) => event,
    fromMessage: ({ organizationId: id, name }) => ({ organizationId: organizationId(id), name }),
  },
});
