import { EVENTS } from '@gatehouse/events';
import { organizationId, workspaceId } from '@gatehouse/kernel';
import type { eventsV1 } from '@gatehouse/proto-gen';
import type { NamePurpose, WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';
import { fromProtoRecordedDetails, toProtoFirstDetails } from './workspace-details';

export const workspaceNameCodec = EVENTS.codec<WorkspaceNameEvent>({
  WorkspaceNameReserved: {
    toMessage: ({ purpose, ...event }) => ({ ...event, ...toProtoPurpose(purpose) }),
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      name: message.name,
      workspaceId: workspaceId(message.workspaceId),
      purpose: fromProtoPurpose(message),
    }),
  },
  WorkspaceNameReleased: {
    toMessage: (event) => event,
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      name: message.name,
      workspaceId: workspaceId(message.workspaceId),
    }),
  },
});

type Purpose = Pick<
  eventsV1.WorkspaceNameReserved,
  'slug' | 'details' | 'limits' | 'rename' | 'expectedRevision'
>;

const toProtoPurpose = (purpose: NamePurpose): Purpose =>
  purpose.kind === 'renaming'
    ? {
        slug: '',
        details: undefined,
        limits: [],
        rename: true,
        expectedRevision: purpose.expectedRevision,
      }
    : {
        slug: purpose.slug,
        details: toProtoFirstDetails(purpose.details),
        limits: toProtoLimits(purpose.limits),
        rename: false,
        expectedRevision: undefined,
      };

const fromProtoPurpose = ({ slug, details, limits, rename, expectedRevision }: Purpose): NamePurpose =>
  rename
    ? { kind: 'renaming', expectedRevision }
    : {
        kind: 'creation',
        slug,
        details: fromProtoRecordedDetails(details),
        limits: fromProtoRecordedLimits(limits),
      };
