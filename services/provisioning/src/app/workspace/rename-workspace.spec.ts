import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import {
  type EventMetadata,
  InMemoryEventStore,
  type RecordedEvent,
  type Revision,
  revision,
} from '@gatehouse/event-store';
import { deriveId, FixedClock, organizationId, type WorkspaceId, workspaceId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { RecordedApprovalSettings } from '../organization/recorded-approval-settings';
import { RenameWorkspaceCommand, RenameWorkspaceHandler } from './rename-workspace.handler';
import { WorkspaceChanges } from './workspace-changes';
import { WorkspaceNames } from './workspace-names';
import { workspaceNameKey, WorkspaceNameStreams } from './workspace-name-streams';
import { WorkspaceSlugStreams } from './workspace-slug-streams';
import { WorkspaceStreams } from './workspace-streams';

const ours = organizationId(deriveId('org', 'ours'));
const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));

const metadataOf = (requestId: string, command: string): EventMetadata => ({
  organizationId: ours,
  actor: { kind: 'apiKey', id: 'key_spec', address: '' },
  ...{ reason: '', requestId, command, correlationId: requestId, causationId: '' },
});

/** Something happens between what is read of a workspace in full and what is made of it, or once a name is reserved. */
class Interrupted extends InMemoryEventStore {
  private stream = '';
  private meanwhile: () => Promise<unknown> = () => Promise.resolve();

  onceReserved(meanwhile: () => Promise<unknown>): void {
    this.stream = 'workspacename-';
    this.meanwhile = meanwhile;
  }

  override async append(...[stream, ...rest]: Parameters<InMemoryEventStore['append']>) {
    const appended = await super.append(stream, ...rest);
    if (this.stream !== 'workspacename-' || !stream.startsWith(this.stream)) return appended;
    this.stream = '';
    await this.meanwhile();
    return appended;
  }

  afterReading(workspace: WorkspaceId, meanwhile: () => Promise<unknown>): void {
    this.stream = `workspace-${workspace}`;
    this.meanwhile = meanwhile;
  }

  override async read(
    ...[stream, options]: Parameters<InMemoryEventStore['read']>
  ): Promise<readonly RecordedEvent[]> {
    const read = await super.read(stream, options);
    if (stream !== this.stream || options?.limit !== undefined) return read;
    this.stream = '';
    await this.meanwhile();
    return read;
  }
}

describe('a workspace that is renamed', () => {
  const store = new Interrupted(clock);
  const codecs = new ProtoEventCodecs();
  const approvals = new Approvals(
    new RecordedApprovalSettings(store, codecs),
    clock,
    new AsyncLocalConsents(),
  );
  /** Commands to one stream wait for each other in one process alone. */
  const aProcess = () => {
    const workspaces = new WorkspaceStreams(store, codecs, testIds, approvals);
    const nameStreams = new WorkspaceNameStreams(store, codecs, testIds);
    const slugs = new WorkspaceSlugStreams(store, codecs, testIds);
    const names = new WorkspaceNames(nameStreams, slugs, workspaces);
    const changes = new WorkspaceChanges(workspaces);
    const handler = new RenameWorkspaceHandler(nameStreams, workspaces, names, changes);
    const rename = (id: WorkspaceId, name: string, requestId: string, expectedRevision?: Revision) => {
      const metadata = metadataOf(requestId, 'RenameWorkspace');
      return handler.execute(
        new RenameWorkspaceCommand({ metadata, workspaceId: id, expectedRevision }, name),
      );
    };
    return { workspaces, nameStreams, names, rename };
  };
  const { workspaces, nameStreams, names, rename } = aProcess();
  const elsewhere = aProcess();

  const create = async (name: string): Promise<WorkspaceId> => {
    const id = workspaceId(deriveId('ws', name));
    const details = { icon: '', description: '', defaultMetadata: {} };
    const purpose = { kind: 'creation', slug: '', details, limits: [], seed: name } as const;
    const reserve = {
      ...({ type: 'ReserveWorkspaceName', organizationId: ours } as const),
      ...{ name, workspaceId: id, purpose },
    };
    const metadata = metadataOf(`create ${name}`, 'CreateWorkspace');
    await nameStreams.decide(workspaceNameKey(ours, name), reserve, { metadata });
    await names.settle(ours, name);
    return id;
  };
  const nameOf = async (id: WorkspaceId) => (await workspaces.active(ours, id)).state.name;

  it('to the name it has, while it loses it, does not get it back from the one that has it since', async () => {
    const [one, two] = [await create('One'), await create('Two')];
    store.afterReading(one, async () => {
      await rename(one, 'Elsewhere', 'away');
      await rename(two, 'One', 'takes it');
    });
    await expect(rename(one, 'One', 'stays')).rejects.toMatchObject({ reason: 'WORKSPACE_NAME_TAKEN' });
    expect([await nameOf(one), await nameOf(two)]).toEqual(['Elsewhere', 'One']);
  });

  it('to the name it has, while it loses it, gets it back where it is free, and has it reserved', async () => {
    const [three, four] = [await create('Three'), await create('Four')];
    store.afterReading(three, () => rename(three, 'Gone', 'leaves'));
    expect((await rename(three, 'Three', 'comes back')).view.name).toBe('Three');
    await expect(rename(four, 'Three', 'wants it')).rejects.toMatchObject({ reason: 'WORKSPACE_NAME_TAKEN' });
  });

  it('to the name it has, while it loses it, is refused where its caller had named the revision', async () => {
    const five = await create('Five');
    store.afterReading(five, () => rename(five, 'Six', 'on'));
    await expect(rename(five, 'Five', 'as read', revision(0n))).rejects.toMatchObject({
      reason: 'REVISION_MISMATCH',
    });
    expect(await nameOf(five)).toBe('Six');
  });

  it('is told to whoever renamed it, whoever finished that, and whatever bears the name since', async () => {
    const [seven, eight] = [await create('Seven'), await create('Eight')];
    store.onceReserved(async () => {
      await elsewhere.names.finish(ours, 'Nine');
      await elsewhere.rename(seven, 'Ten', 'goes on');
      await elsewhere.rename(eight, 'Nine', 'comes after');
    });
    expect((await rename(seven, 'Nine', 'slow')).view).toMatchObject({ id: seven, name: 'Ten' });
    expect(await nameOf(eight)).toBe('Nine');
  });

  it('and archived before that is done is refused as archived, whatever bears the name since', async () => {
    const [eleven, twelve] = [await create('Eleven'), await create('Twelve')];
    store.onceReserved(async () => {
      const archive = { type: 'ArchiveWorkspace', organizationId: ours, at: clock.now() } as const;
      await elsewhere.workspaces.record(eleven, archive, {
        metadata: metadataOf('archive', 'ArchiveWorkspace'),
      });
      await elsewhere.names.finish(ours, 'Thirteen');
      await elsewhere.rename(twelve, 'Thirteen', 'instead');
    });
    await expect(rename(eleven, 'Thirteen', 'too late')).rejects.toMatchObject({
      reason: 'WORKSPACE_ARCHIVED',
    });
    expect(await nameOf(twelve)).toBe('Thirteen');
  });
});
