import { EVENTS } from '@gatehouse/events';
import { integrationId, organizationId, provisionId, workspaceId } from '@gatehouse/kernel';
import type { ProvisionNamesEvent } from '../../domain/provision-names/provision-names.events';
import { provisionSlug } from '../../domain/provision-names/provision-slug';

export const provisionNamesCodec = EVENTS.codec<ProvisionNamesEvent>({
  ProvisionNamed: {
    toMessage: ({ slug = '', name = '', ...event }) => ({ ...event, slug, name }),
    fromMessage: ({ namedAt, ...message }) => {
      if (!namedAt) throw new Error('a naming without its time');
      return {
        organizationId: organizationId(message.organizationId),
        workspaceId: workspaceId(message.workspaceId),
        provisionId: provisionId(message.provisionId),
        integrationId: integrationId(message.integrationId),
        ...(message.slug !== '' && { slug: provisionSlug(message.slug) }),
        ...(message.name !== '' && { name: message.name }),
        namedAt,
      };
    },
  },
});
