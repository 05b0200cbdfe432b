import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import { type EventMetadata, InMemoryEventStore } from '@gatehouse/event-store';
import {
  bulkId,
  deriveId,
  FixedClock,
  integrationId as integrationIdOf,
  organizationId,
  workspaceId,
} from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { provisionSlug } from '../../domain/provision-names/provision-slug';
import { AwaitedProvisionMaker } from '../auto-provision/awaited-provision-maker';
import { BulkTurnTaker } from '../bulk-provision/bulk-turn-taker';
import { RecordedApprovalSettings } from '../organization/recorded-approval-settings';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { provisionIdOf, ProvisionMaker } from './provision-maker';
import { ProvisionNameStreams } from './provision-name-streams';
import { ProvisionNaming } from './provision-naming';
import { Integrations, type KnownIntegration } from './provision.ports';
import { ProvisionStreams } from './provision-streams';

const ours = organizationId(deriveId('org', 'ours'));
const integrationId = integrationIdOf(deriveId('int', 'one'));
const KNOWN: KnownIntegration = {
  ...{ slug: 'openai', name: 'OpenAI', provider: 'openai' },
  ...{ status: 'connected', ownerWorkspaceId: '' },
};

/** Whether the slug that is asked about means another integration: so often as is said here, then never. */
const others: boolean[] = [];

class OneIntegration extends Integrations {
  async find(_organizationId: string, id: string): Promise<KnownIntegration> {
    return id === integrationId ? KNOWN : { ...KNOWN, slug: 'other' };
  }
  async isSlug(): Promise<boolean> {
    return others.shift() ?? false;
  }
  async offeredAmong(): Promise<string[]> {
    return [];
  }
}

const store = new InMemoryEventStore(new FixedClock(new Date('2030-01-01T00:00:00Z')));
const codecs = new ProtoEventCodecs();

const metadataOf = (requestId: string, command: string): EventMetadata => ({
  organizationId: ours,
  actor: { kind: 'apiKey', id: 'key_spec', address: '' },
  ...{ reason: '', requestId, command, correlationId: requestId, causationId: '' },
});

/** As a process has it. */
const newMaker = () => {
  const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
  const integrations = new OneIntegration();
  const consents = new AsyncLocalConsents();
  const approvals = new Approvals(new RecordedApprovalSettings(store, codecs), clock, consents);
  const provisions = new ProvisionStreams(store, codecs, testIds, approvals);
  const workspaces = new WorkspaceStreams(store, codecs, testIds, approvals);
  const names = new ProvisionNameStreams(store, codecs, testIds);
  const naming = new ProvisionNaming(names, provisions, integrations, consents, clock);
  const maker = new ProvisionMaker(provisions, workspaces, integrations, naming, testIds, clock);
  const awaited = new AwaitedProvisionMaker(provisions, workspaces, integrations, naming, testIds, consents);
  const bulks = new BulkTurnTaker(provisions, workspaces, naming, testIds, consents);
  return { maker, naming, workspaces, awaited, bulks, consents };
};

const createWorkspace = async (name: string) => {
  const id = workspaceId(deriveId('ws', name));
  const create = {
    ...({ type: 'CreateWorkspace', workspaceId: id, organizationId: ours, slug: '', limits: [] } as const),
    ...{ name, details: { icon: '', description: '', defaultMetadata: {} } },
  };
  await newMaker().workspaces.record(id, create, { metadata: metadataOf(name, 'CreateWorkspace') });
  return { integrationId, workspaceId: id };
};

const named = (slug: string) =>
  ({ limits: [], models: { all: true }, names: { slug: provisionSlug(slug) } }) as const;

/** Makes the same provision in a new workspace as often as names for it are given. */
const provide = async (
  workspace: string,
  called: readonly { readonly by: ReturnType<typeof newMaker>; readonly slug: string }[],
) => {
  const wanted = await createWorkspace(workspace);
  const made = await Promise.allSettled(
    called.map(({ by, slug }, index) =>
      by.maker.make(
        metadataOf(`${workspace} ${index}`, 'ProvisionIntegration'),
        { ...wanted, ...named(slug) },
        KNOWN,
      ),
    ),
  );
  const lost = made.flatMap((one) => (one.status === 'rejected' ? [one.reason as { reason: string }] : []));
  expect(lost.map(({ reason }) => reason)).toEqual(called.slice(1).map(() => 'ALREADY_PROVISIONED'));
  const won = called[made.findIndex(({ status }) => status === 'fulfilled')]?.slug;
  const own = await newMaker().naming.ownOf(wanted.workspaceId, provisionIdOf(ours, wanted));
  return { won, own: own.slug };
};

describe('of those who make the same provision at once, and call it something', () => {
  it.each([[['a', 'b', 'c']], [['a', 'a', 'a']]])(
    'in one process, whoever makes it calls it: %p',
    async (slugs) => {
      const by = newMaker();
      const { won, own } = await provide(
        `one ${slugs.join()}`,
        slugs.map((slug) => ({ by, slug })),
      );
      expect(own).toBe(won);
    },
  );

  it.each([[['a', 'b']], [['a', 'a']]])('in two processes, too: %p', async (slugs) => {
    const { won, own } = await provide(
      `two ${slugs.join()}`,
      slugs.map((slug) => ({ by: newMaker(), slug })),
    );
    expect(own).toBe(won);
  });
});

const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
};

/** Whoever gives it to many, each in their turn. */
const GIVING = {
  'a policy': (wanted: Awaited<ReturnType<typeof createWorkspace>>) =>
    newMaker().awaited.make([{ ...wanted, ...GIVEN }]),
  'a bulk': (wanted: Awaited<ReturnType<typeof createWorkspace>>) =>
    newMaker().bulks.take(
      { ...wanted, ...GIVEN, bulkId: bulkId(deriveId('blk', 'one')), existing: 'keep', workspaces: 1 },
      [wanted.workspaceId],
    ),
};
const GIVEN = {
  ...{ organizationId: ours, limits: [], models: { all: true } as const, expiresAt: undefined },
  ...{ reason: '', correlationId: '', causationId: '' },
};

it.each(['a policy', 'a bulk'] as const)(
  'keeps what it is called where %s gives it as well',
  async (whose) => {
    const wanted = await createWorkspace(`given by ${whose}`);
    let given: Promise<unknown> = Promise.resolve();
    const append = store.append.bind(store);
    const appended = jest.spyOn(store, 'append');
    // The other's turn begins between the name and the provision, and ends behind it.
    const [begun, made] = [gate(), gate()];
    appended.mockImplementation(async (stream, events, expected) => {
      if (!stream.startsWith('provision-')) return append(stream, events, expected);
      if (events[0]?.metadata.command !== 'ProvisionIntegration') {
        begun.open();
        await made.opened;
        return append(stream, events, expected);
      }
      given = GIVING[whose](wanted);
      await begun.opened;
      return append(stream, events, expected).finally(made.open);
    });
    await newMaker().maker.make(
      metadataOf(whose, 'ProvisionIntegration'),
      { ...wanted, ...named('own') },
      KNOWN,
    );
    await given;
    appended.mockRestore();
    const own = await newMaker().naming.ownOf(wanted.workspaceId, provisionIdOf(ours, wanted));
    expect(own.slug).toBe('own');
  },
);

it('is called as its integration is where two processes give it, whatever somebody wanted to call it who did not make it', async () => {
  const wanted = await createWorkspace('given twice');
  const about = { organizationId: ours, ...wanted, provisionId: provisionIdOf(ours, wanted) };
  const asked = metadataOf('cut off', 'ProvisionIntegration');
  await newMaker().naming.prepare(asked, about, { slug: provisionSlug('own') });
  const readGroups = store.readGroups.bind(store);
  let isFirst = true;
  const read = jest.spyOn(store, 'readGroups').mockImplementation(async function* (streams) {
    const isBehindTheName = isFirst && streams[0]?.startsWith('provision-');
    if (isBehindTheName) isFirst = false;
    if (isBehindTheName) await GIVING['a policy'](wanted);
    yield* readGroups(streams);
  });
  await GIVING['a policy'](wanted);
  read.mockRestore();
  expect(isFirst).toBe(false);
  const own = await newMaker().naming.ownOf(wanted.workspaceId, about.provisionId);
  expect(own.slug).toBeUndefined();
});

it('is refused a slug that an integration got in that moment, and again when it is asked for again', async () => {
  const wanted = await createWorkspace('renamed');
  const { naming } = newMaker();
  const about = { organizationId: ours, ...wanted, provisionId: provisionIdOf(ours, wanted) };
  const rename = () =>
    naming.name(metadataOf('rename', 'RenameProvision'), about, { slug: provisionSlug('own') });
  others.push(false, true);
  for (let time = 0; time < 2; time++)
    await expect(rename()).rejects.toMatchObject({ reason: 'PROVISION_SLUG_TAKEN' });
  expect((await naming.ownOf(wanted.workspaceId, about.provisionId)).slug).toBeUndefined();
});

it('is not called as its integration is again where another has that slug since before it was connected', async () => {
  const wanted = await createWorkspace('late integration');
  const other = { ...wanted, integrationId: integrationIdOf(deriveId('int', 'earlier')) };
  const { maker, naming } = newMaker();
  const make = (one: typeof wanted, slug: string) =>
    maker.make(metadataOf(`make ${slug}`, 'ProvisionIntegration'), { ...one, ...named(slug) }, KNOWN);
  await make(other, KNOWN.slug);
  await make(wanted, 'own');
  const about = { organizationId: ours, ...wanted, provisionId: provisionIdOf(ours, wanted) };
  for (const slug of [null, provisionSlug(KNOWN.slug)])
    await expect(
      naming.name(metadataOf(`rename ${slug}`, 'RenameProvision'), about, { slug }),
    ).rejects.toMatchObject({ reason: 'PROVISION_SLUG_TAKEN' });
  expect((await naming.ownOf(wanted.workspaceId, about.provisionId)).slug).toBe('own');
});

describe('within a preview', () => {
  const preview = (wanted: Awaited<ReturnType<typeof createWorkspace>>, slug: string) => {
    const { maker, consents } = newMaker();
    const metadata = metadataOf(`preview ${slug}`, 'ProvisionIntegration');
    return consents.within({ kind: 'preview' }, () =>
      maker.make(metadata, { ...wanted, ...named(slug) }, KNOWN),
    );
  };

  it('nothing is called anything', async () => {
    const wanted = await createWorkspace('previewed');
    const before = await store.head();
    await expect(preview(wanted, 'own')).rejects.toMatchObject({ reason: 'PREVIEWED' });
    expect(await store.head()).toBe(before);
  });

  it('what another is called is refused', async () => {
    const wanted = await createWorkspace('previewed beside another');
    const other = { ...wanted, integrationId: integrationIdOf(deriveId('int', 'two')) };
    const asked = metadataOf('another', 'ProvisionIntegration');
    await newMaker().maker.make(asked, { ...other, ...named('own') }, KNOWN);
    await expect(preview(wanted, 'own')).rejects.toMatchObject({ reason: 'PROVISION_SLUG_TAKEN' });
    others.push(true);
    await expect(preview(wanted, 'theirs')).rejects.toMatchObject({ reason: 'PROVISION_SLUG_TAKEN' });
  });
});
