import { organizationId, workspaceId } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { eventCodec } from './event-codec';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const workspaceCodec = eventCodec<WorkspaceEvent>(
  {
    WorkspaceCreated: ({ workspaceId, organizationId, name, limits }) =>
      eventsV1.WorkspaceCreated.toJSON({ workspaceId, organizationId, name, limits: toProtoLimits(limits) }),
    WorkspaceLimitsChanged: ({ workspaceId, limits }) =>
      eventsV1.WorkspaceLimitsChanged.toJSON({ workspaceId, limits: toProtoLimits(limits) }),
  },
  {
    'WorkspaceCreated@1': (data) => {
      const stored = eventsV1.WorkspaceCreated.fromJSON(data);
      return {
        type: 'WorkspaceCreated',
        version: 1,
        workspaceId: workspaceId(stored.workspaceId),
        organizationId: organizationId(stored.organizationId),
        name: stored.name,
        limits: fromProtoRecordedLimits(stored.limits),
      };
    },
    'WorkspaceLimitsChanged@1': (data) => {
      const stored = eventsV1.WorkspaceLimitsChanged.fromJSON(data);
      return {
        type: 'WorkspaceLimitsChanged',
        version: 1,
        workspaceId: workspaceId(stored.workspaceId),
        limits: fromProtoRecordedLimits(stored.limits),
      };
    },
  },
);
