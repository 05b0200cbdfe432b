import { EVENTS } from '@gatehouse/events';
import { organizationId, workspaceId } from '@gatehouse/kernel';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const workspaceNameCodec = EVENTS.codec<WorkspaceNameEvent>({
  WorkspaceNameReserved: {
    toMessage: ({ limits, ...event }) => ({ ...event, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      name: message.name,
      workspaceId: workspaceId(message.workspaceId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
});
