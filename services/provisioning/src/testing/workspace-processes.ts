import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import {
  type EventMetadata,
  type EventStore,
  InMemoryEventStore,
  type RecordedEvent,
  type Revision,
} from '@gatehouse/event-store';
import { deriveId, FixedClock, organizationId, type WorkspaceId, workspaceId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../adapters/events/proto-event-codecs';
import type { NewWorkspaceProvisions } from '../app/auto-provision/new-workspace-provisions';
import { RecordedApprovalSettings } from '../app/organization/recorded-approval-settings';
import { CreateWorkspaceCommand, CreateWorkspaceHandler } from '../app/workspace/create-workspace.handler';
import { RenameWorkspaceCommand, RenameWorkspaceHandler } from '../app/workspace/rename-workspace.handler';
import { WorkspaceChanges } from '../app/workspace/workspace-changes';
import { WorkspaceNames } from '../app/workspace/workspace-names';
import { WorkspaceNameStreams } from '../app/workspace/workspace-name-streams';
import { WorkspaceSlugStreams } from '../app/workspace/workspace-slug-streams';
import { WorkspaceStreams } from '../app/workspace/workspace-streams';
import { workspaceSlug } from '../domain/workspace-slug/workspace-slug';

const ours = organizationId(deriveId('org', 'ours'));
const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
const codecs = new ProtoEventCodecs();

const metadataOf = (requestId: string, command: string): EventMetadata => ({
  organizationId: ours,
  actor: { kind: 'apiKey', id: 'key_spec', address: '' },
  ...{ reason: '', requestId, command, correlationId: requestId, causationId: '' },
});

interface Interruption {
  readonly stream: string;
  readonly meanwhile: () => Promise<unknown>;
}

/** A log of workspaces in which something happens in between, once. */
export class InterruptedStore extends InMemoryEventStore {
  private onAppend: Interruption | undefined;
  private onRead: Interruption | undefined;

  constructor() {
    super(clock);
  }

  /** Once a name is reserved, before it is settled by whoever reserved it. */
  onceReserved(meanwhile: () => Promise<unknown>): void {
    this.onAppend = { stream: 'workspacename-', meanwhile };
  }

  /** Between what is read of a workspace in full and what is made of it. */
  afterReading(workspace: WorkspaceId, meanwhile: () => Promise<unknown>): void {
    this.onRead = { stream: `workspace-${workspace}`, meanwhile };
  }

  override async append(...[stream, ...rest]: Parameters<InMemoryEventStore['append']>) {
    const appended = await super.append(stream, ...rest);
    const { onAppend } = this;
    if (onAppend && stream.startsWith(onAppend.stream)) {
      this.onAppend = undefined;
      await onAppend.meanwhile();
    }
    return appended;
  }

  override async read(
    ...[stream, options]: Parameters<InMemoryEventStore['read']>
  ): Promise<readonly RecordedEvent[]> {
    const read = await super.read(stream, options);
    const { onRead } = this;
    if (onRead && stream === onRead.stream && options?.limit === undefined) {
      this.onRead = undefined;
      await onRead.meanwhile();
    }
    return read;
  }
}

/** What a process does with workspaces. Commands to one stream wait for each other in one process alone. */
export const workspaceProcess = (store: EventStore) => {
  const settings = new RecordedApprovalSettings(store, codecs);
  const approvals = new Approvals(settings, clock, new AsyncLocalConsents());
  const workspaces = new WorkspaceStreams(store, codecs, testIds, approvals);
  const streams = new WorkspaceNameStreams(store, codecs, testIds);
  const slugs = new WorkspaceSlugStreams(store, codecs, testIds);
  const names = new WorkspaceNames(streams, slugs, workspaces);
  const provisions = {
    stand: async (_id: string, position: bigint) => ({ pending: false, position }),
  } as unknown as NewWorkspaceProvisions;
  const creator = new CreateWorkspaceHandler(streams, slugs, workspaces, names, provisions, testIds);
  const renamer = new RenameWorkspaceHandler(streams, workspaces, names, new WorkspaceChanges(workspaces));
  return {
    create: async (requestId: string, name: string, slug?: string) => {
      const details = { icon: '', description: '', defaultMetadata: {} };
      const wanted = {
        ...{ name, details, limits: [] },
        slug: slug === undefined ? undefined : workspaceSlug(slug),
      };
      const metadata = metadataOf(requestId, 'CreateWorkspace');
      return (await creator.execute(new CreateWorkspaceCommand(metadata, wanted))).view;
    },
    rename: async (requestId: string, id: WorkspaceId, name: string, expectedRevision?: Revision) => {
      const target = {
        ...{ metadata: metadataOf(requestId, 'RenameWorkspace'), workspaceId: id },
        expectedRevision,
      };
      return (await renamer.execute(new RenameWorkspaceCommand(target, name))).view;
    },
    archive: (requestId: string, id: WorkspaceId) => {
      const archive = { type: 'ArchiveWorkspace', organizationId: ours, at: clock.now() } as const;
      return workspaces.record(id, archive, { metadata: metadataOf(requestId, 'ArchiveWorkspace') });
    },
    finish: (name: string) => names.finish(ours, name),
    nameOf: async (id: WorkspaceId) => (await workspaces.active(ours, id)).state.name,
  };
};

/** Of the workspace that a request creates. */
export const createdBy = (requestId: string): WorkspaceId =>
  workspaceId(testIds.derive('ws', ours, requestId));
