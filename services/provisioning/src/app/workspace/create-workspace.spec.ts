import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import { type EventMetadata, InMemoryEventStore } from '@gatehouse/event-store';
import { deriveId, FixedClock, organizationId, type WorkspaceId, workspaceId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { workspaceSlug } from '../../domain/workspace-slug/workspace-slug';
import type { NewWorkspaceProvisions } from '../auto-provision/new-workspace-provisions';
import { RecordedApprovalSettings } from '../organization/recorded-approval-settings';
import { CreateWorkspaceCommand, CreateWorkspaceHandler } from './create-workspace.handler';
import { RenameWorkspaceCommand, RenameWorkspaceHandler } from './rename-workspace.handler';
import { WorkspaceChanges } from './workspace-changes';
import { WorkspaceNames } from './workspace-names';
import { WorkspaceNameStreams } from './workspace-name-streams';
import { WorkspaceSlugStreams } from './workspace-slug-streams';
import { WorkspaceStreams } from './workspace-streams';

const ours = organizationId(deriveId('org', 'ours'));
const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));

/** Something happens once a name is reserved, before it is settled by whoever reserved it. */
class Interrupted extends InMemoryEventStore {
  meanwhile: (() => Promise<unknown>) | undefined;

  override async append(...[stream, ...rest]: Parameters<InMemoryEventStore['append']>) {
    const appended = await super.append(stream, ...rest);
    const { meanwhile } = this;
    if (meanwhile === undefined || !stream.startsWith('workspacename-')) return appended;
    this.meanwhile = undefined;
    await meanwhile();
    return appended;
  }
}

const store = new Interrupted(clock);
const codecs = new ProtoEventCodecs();
const metadataOf = (requestId: string, command: string): EventMetadata => ({
  organizationId: ours,
  actor: { kind: 'apiKey', id: 'key_spec', address: '' },
  ...{ reason: '', requestId, command, correlationId: requestId, causationId: '' },
});

/** As a process has it. */
const newProcess = () => {
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
        name,
        slug: slug === undefined ? undefined : workspaceSlug(slug),
        details,
        limits: [],
      };
      const metadata = metadataOf(requestId, 'CreateWorkspace');
      return (await creator.execute(new CreateWorkspaceCommand(metadata, wanted))).view;
    },
    rename: (requestId: string, workspaceId: WorkspaceId, name: string) => {
      const metadata = metadataOf(requestId, 'RenameWorkspace');
      const target = { metadata, workspaceId, expectedRevision: undefined };
      return renamer.execute(new RenameWorkspaceCommand(target, name));
    },
    finish: (name: string) => names.finish(ours, name),
  };
};
const idOf = (requestId: string) => workspaceId(testIds.derive('ws', ours, requestId));

describe('a workspace that is created', () => {
  it('is told to whoever created it, whoever finished that, and whatever bears its name since', async () => {
    const elsewhere = newProcess();
    store.meanwhile = async () => {
      await elsewhere.finish('Research');
      await elsewhere.rename('away', idOf('first'), 'Science');
      await elsewhere.create('second', 'Research');
    };
    const { create } = newProcess();
    expect(await create('first', 'Research')).toMatchObject({ id: idOf('first'), name: 'Science' });
    expect(await create('second', 'Research')).toMatchObject({ id: idOf('second'), name: 'Research' });
  });

  it('is no other by its name, where it was refused and its request id is used again', async () => {
    const elsewhere = newProcess();
    store.meanwhile = () => elsewhere.create('quicker', 'Sales', 'shop');
    const { create } = newProcess();
    await expect(create('late', 'Shop', 'shop')).rejects.toMatchObject({ reason: 'WORKSPACE_SLUG_TAKEN' });
    await create('other', 'Shop');
    await expect(create('late', 'Shop')).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
  });
});
