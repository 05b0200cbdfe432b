import { EVENTS } from '@gatehouse/events';
import { organizationId, workspaceId } from '@gatehouse/kernel';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';
import { fromProtoRecordedDetails, toProtoDetails, toProtoFirstDetails } from './workspace-details';

export const workspaceCodec = EVENTS.codec<WorkspaceEvent>({
  WorkspaceCreated: {
    toMessage: ({ limits, details, ...event }) => ({
      ...event,
      details: toProtoFirstDetails(details),
      limits: toProtoLimits(limits),
    }),
    fromMessage: (message) => ({
      workspaceId: workspaceId(message.workspaceId),
      organizationId: organizationId(message.organizationId),
      name: message.name,
      slug: message.slug,
      details: fromProtoRecordedDetails(message.details),
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
  WorkspaceRenamed: {
    toMessage: (event) => event,
    fromMessage: (message) => ({ workspaceId: workspaceId(message.workspaceId), name: message.name }),
  },
  WorkspaceDescribed: {
    toMessage: ({ details, ...event }) => ({ ...event, details: toProtoDetails(details) }),
    fromMessage: (message) => ({
      workspaceId: workspaceId(message.workspaceId),
      details: fromProtoRecordedDetails(message.details),
    }),
  },
  WorkspaceConnectingSet: {
    toMessage: (event) => event,
    fromMessage: ({ workspaceId: id, allowed }) => ({
      workspaceId: workspaceId(id),
      ...(allowed !== undefined && { allowed }),
    }),
  },
  WorkspaceArchived: {
    toMessage: (event) => event,
    fromMessage: (message) => {
      if (!message.archivedAt) throw new Error('an archiving without its time');
      return { workspaceId: workspaceId(message.workspaceId), archivedAt: message.archivedAt };
    },
  },
  WorkspaceKeyLimitsChanged: {
    toMessage: ({ limits, ...event }) => ({ ...event, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      workspaceId: workspaceId(message.workspaceId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
});
