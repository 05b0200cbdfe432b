import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import { type EventMetadata, InMemoryEventStore } from '@gatehouse/event-store';
import { deriveId, FixedClock, integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { provisionSlug } from '../../domain/provision-names/provision-slug';
import { RecordedApprovalSettings } from '../organization/recorded-approval-settings';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { provisionIdOf, ProvisionMaker } from './provision-maker';
import { ProvisionNameStreams } from './provision-name-streams';
import { ProvisionNaming } from './provision-naming';
import { Integrations, type KnownIntegration } from './provision.ports';
import { ProvisionStreams } from './provision-streams';

const ours = organizationId(deriveId('org', 'ours'));
const about = {
  integrationId: integrationId(deriveId('int', 'one')),
  workspaceId: workspaceId(deriveId('ws', 'a')),
};
const KNOWN: KnownIntegration = {
  ...{ slug: 'openai', name: 'OpenAI', provider: 'openai' },
  ...{ status: 'connected', ownerWorkspaceId: '' },
};

class OneIntegration extends Integrations {
  async find(): Promise<KnownIntegration> {
    return KNOWN;
  }
  async isSlug(): Promise<boolean> {
    return false;
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
  const approvals = new Approvals(
    new RecordedApprovalSettings(store, codecs),
    clock,
    new AsyncLocalConsents(),
  );
  const provisions = new ProvisionStreams(store, codecs, testIds, approvals);
  const workspaces = new WorkspaceStreams(store, codecs, testIds, approvals);
  const names = new ProvisionNameStreams(store, codecs, testIds);
  const naming = new ProvisionNaming(names, provisions, integrations, clock);
  const maker = new ProvisionMaker(provisions, workspaces, integrations, naming, testIds, clock);
  return { maker, naming, workspaces };
};

/** Creates a workspace, and makes the same provision there as often as names for it are given. */
const provide = async (
  workspace: string,
  called: readonly { readonly by: ReturnType<typeof newMaker>; readonly slug: string }[],
) => {
  const wanted = { ...about, workspaceId: workspaceId(deriveId('ws', workspace)) };
  const create = {
    ...({ type: 'CreateWorkspace', workspaceId: wanted.workspaceId, organizationId: ours } as const),
    ...{ name: workspace, slug: '', limits: [] },
    details: { icon: '', description: '', defaultMetadata: {} },
  };
  const { workspaces, naming } = newMaker();
  await workspaces.record(wanted.workspaceId, create, { metadata: metadataOf(workspace, 'CreateWorkspace') });
  const made = await Promise.allSettled(
    called.map(({ by, slug }, index) =>
      by.maker.make(
        metadataOf(`${workspace} ${index}`, 'ProvisionIntegration'),
        { ...wanted, limits: [], models: { all: true }, names: { slug: provisionSlug(slug) } },
        KNOWN,
      ),
    ),
  );
  const lost = made.flatMap((one) => (one.status === 'rejected' ? [one.reason as { reason: string }] : []));
  expect(lost.map(({ reason }) => reason)).toEqual(called.slice(1).map(() => 'ALREADY_PROVISIONED'));
  const won = called[made.findIndex(({ status }) => status === 'fulfilled')]?.slug;
  const own = await naming.ownOf(wanted.workspaceId, provisionIdOf(ours, wanted));
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
