import { EVENTS } from '@gatehouse/events';
import { organizationId, workspaceId } from '@gatehouse/kernel';
import { workspaceSlug } from '../../domain/workspace-slug/workspace-slug';
import type { WorkspaceSlugEvent } from '../../domain/workspace-slug/workspace-slug.events';

export const workspaceSlugCodec = EVENTS.codec<WorkspaceSlugEvent>({
  WorkspaceSlugReserved: {
    toMessage: (event) => event,
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      slug: workspaceSlug(message.slug),
      workspaceId: workspaceId(message.workspaceId),
    }),
  },
});
