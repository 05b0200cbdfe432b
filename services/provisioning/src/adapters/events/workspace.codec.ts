import { EVENTS } from '@gatehouse/events';
import { organizationId, workspaceId } from '@gatehouse/kernel';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const workspaceCodec = EVENTS.codec<WorkspaceEvent>({
  WorkspaceCreated: {
    toMessage: ({ limits, ...event }) => ({ ...event, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      workspaceId: workspaceId(message.workspaceId),
      organizationId: organizationId(message.organizationId),
      name: message.name,
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
  WorkspaceLimitsChanged: {
    toMessage: ({ limits, ...event }) => ({ ...event, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      workspaceId: workspaceId(message.workspaceId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
});
