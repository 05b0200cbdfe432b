import { EVENTS } from '@gatehouse/events';
import { integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import type { ConnectionEvent } from '../../domain/connection/connection.events';

export const connectionCodec = EVENTS.codec<ConnectionEvent>({
  WorkspacesConnected: {
    toMessage: (event) => event,
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      integrationId: integrationId(message.integrationId),
    }),
  },
  WorkspaceRefused: {
    toMessage: (event) => event,
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      integrationId: integrationId(message.integrationId),
      workspaceId: workspaceId(message.workspaceId),
      reason: message.reason,
    }),
  },
});
