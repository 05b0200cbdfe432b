import { organizationId, workspaceId } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import { eventCodec } from './event-codec';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const workspaceNameCodec = eventCodec<WorkspaceNameEvent>(
  {
    WorkspaceNameReserved: ({ organizationId, name, workspaceId, limits }) =>
      eventsV1.WorkspaceNameReserved.toJSON({
        organizationId,
        name,
        workspaceId,
        limits: toProtoLimits(limits),
      }),
  },
  {
    'WorkspaceNameReserved@1': (data) => {
      const stored = eventsV1.WorkspaceNameReserved.fromJSON(data);
      return {
        type: 'WorkspaceNameReserved',
        version: 1,
        organizationId: organizationId(stored.organizationId),
        name: stored.name,
        workspaceId: workspaceId(stored.workspaceId),
        limits: fromProtoRecordedLimits(stored.limits),
      };
    },
  },
);
