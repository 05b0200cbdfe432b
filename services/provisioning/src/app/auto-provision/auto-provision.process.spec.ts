import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import { type EventMetadata, InMemoryEventStore } from '@gatehouse/event-store';
import { deriveId, FixedClock, type IntegrationId, integrationId, organizationId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import type { Projections } from '@gatehouse/platform';
import { ServiceLog } from '@gatehouse/platform';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { RecordedApprovalSettings } from '../organization/recorded-approval-settings';
import { AutoProvisionProcess } from './auto-provision.process';
import { AutoProvisionStreams } from './auto-provision-streams';
import { AutoProvisions, type ConnectedPolicy, type OrphanedPolicy } from './auto-provision.ports';
import type { AwaitedProvisionMaker } from './awaited-provision-maker';

const ours = organizationId(deriveId('org', 'ours'));
const of = (name: string) => ({
  organizationId: ours,
  integrationId: integrationId(deriveId('int', name)),
});
const DEFAULTS = { limits: [], models: { all: true } as const, existing: undefined };

/** As a projection has it that is behind the log. */
class Told extends AutoProvisions {
  orphans: readonly OrphanedPolicy[] = [];
  told: readonly ConnectedPolicy[] = [];
  async awaited() {
    return [];
  }
  async awaitedBy() {
    return [];
  }
  async orphaned() {
    return this.orphans;
  }
  async connected(after: ConnectedPolicy | undefined) {
    return after ? [] : this.told;
  }
  async cameWith() {
    return true;
  }
  policies(): never {
    throw new Error('no list is asked for');
  }
}

class Lines extends ServiceLog {
  readonly lines: string[] = [];
  info(_fields: object, line: string): void {
    this.lines.push(line);
  }
  warn = this.info;
  error = this.info;
}

const metadataOf = (requestId: string): EventMetadata => ({
  organizationId: ours,
  actor: { kind: 'apiKey', id: 'key_spec', address: '' },
  ...{ reason: '', requestId, command: 'SetAutoProvision', correlationId: requestId, causationId: '' },
});

let told: Told;
let log: Lines;
let store: InMemoryEventStore;
let policies: AutoProvisionStreams;
let process: AutoProvisionProcess;
beforeEach(() => {
  const clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
  const codecs = new ProtoEventCodecs();
  [told, log, store] = [new Told(), new Lines(), new InMemoryEventStore(clock)];
  const settings = new RecordedApprovalSettings(store, codecs);
  const approvals = new Approvals(settings, clock, new AsyncLocalConsents());
  policies = new AutoProvisionStreams(store, codecs, testIds, approvals);
  const maker = { make: async () => [] } as unknown as AwaitedProvisionMaker;
  process = new AutoProvisionProcess(told, maker, policies, {} as Projections, log);
});

const setBySomebody = (id: IntegrationId) =>
  policies.decide(
    id,
    {
      type: 'SetAutoProvision',
      ...DEFAULTS,
      organizationId: ours,
      integrationId: id,
      limits: [SMALL],
      offered: [],
    },
    { metadata: metadataOf(`set ${id}`) },
  );
const SMALL = { kind: 'rate', unit: 'requests', amount: 5n, window: 'hour' } as const;
const typesOf = async (id: IntegrationId) => (await policies.recorded(id)).map(({ type }) => type);

describe('a policy that came with a connection', () => {
  const connected = { ...of('one'), ...DEFAULTS, reason: '', correlationId: '', causationId: '' };

  test('is set once, whoever looks', async () => {
    told.told = [connected];
    await Promise.all([process.look(), process.look()]);
    await process.look();
    expect(await typesOf(connected.integrationId)).toEqual(['AutoProvisionPolicySet']);
  });

  test('stays off where somebody has turned it off before it was set', async () => {
    told.told = [connected];
    const { integrationId: id } = connected;
    const turnOff = { type: 'TurnOffAutoProvision', ...of('one'), isAwaited: true } as const;
    await policies.decide(id, turnOff, { metadata: metadataOf('off') });
    await process.look();
    expect(await typesOf(id)).toEqual(['AutoProvisionTurnedOff']);
  });

  test('takes no place of the one that somebody has set, heard of or not', async () => {
    told.told = [connected];
    await setBySomebody(connected.integrationId);
    await process.look();
    expect((await policies.find(connected.integrationId))?.state).toMatchObject({ limits: [SMALL] });
    expect(await typesOf(connected.integrationId)).toHaveLength(1);
    expect(log.lines).toEqual([]);
  });
});

test('a policy that cannot be ended yet holds up none of the others, and nothing that is looked for behind them', async () => {
  const [stuck, other, connected] = [of('stuck'), of('other'), of('connected')];
  for (const { integrationId: id } of [stuck, other]) await setBySomebody(id);
  told.orphans = [stuck, other];
  told.told = [{ ...connected, ...DEFAULTS, reason: '', correlationId: '', causationId: '' }];
  const append = store.append.bind(store);
  jest.spyOn(store, 'append').mockImplementation((stream, ...rest) => {
    if (stream.endsWith(stuck.integrationId)) throw new Error('poison');
    return append(stream, ...rest);
  });
  await process.look();
  expect(await typesOf(other.integrationId)).toContain('AutoProvisionEnded');
  expect(await typesOf(connected.integrationId)).toEqual(['AutoProvisionPolicySet']);
  expect(log.lines).toHaveLength(1);
});
