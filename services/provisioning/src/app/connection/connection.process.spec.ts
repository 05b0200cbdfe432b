import { Approvals, AsyncLocalConsents } from '@gatehouse/approval';
import {
  type EventStore,
  InMemoryEventStore,
  type RecordedEvent,
  type StoredEvent,
} from '@gatehouse/event-store';
import {
  deriveId,
  FixedClock,
  integrationId,
  type LimitSpec,
  type OrganizationId,
  organizationId,
  Signal,
  type WorkspaceId,
  workspaceId,
} from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { Projections, ServiceLog } from '@gatehouse/platform';
import { ProtoEventCodecs } from '../../adapters/events/proto-event-codecs';
import { ProvisionMaker } from '../provision/provision-maker';
import { Integrations, type KnownIntegration } from '../provision/provision.ports';
import { ProvisionNameStreams } from '../provision/provision-name-streams';
import { ProvisionNaming } from '../provision/provision-naming';
import { RecordedApprovalSettings } from '../organization/recorded-approval-settings';
import { ProvisionStreams } from '../provision/provision-streams';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { ConnectionProcess } from './connection.process';
import { ConnectionStreams } from './connection-streams';
import { type ConnectedWorkspace, Connections, type OpenConnection } from './connection.ports';

const ours = organizationId(deriveId('org', 'ours'));
const id = integrationId(deriveId('int', 'one'));
const [first, second, third] = ['a', 'b', 'c'].map((name) => workspaceId(deriveId('ws', name))) as [
  WorkspaceId,
  WorkspaceId,
  WorkspaceId,
];
const limits: readonly LimitSpec[] = [{ kind: 'rate', unit: 'requests', amount: 5n, window: 'minute' }];
const WORKSPACES: readonly ConnectedWorkspace[] = [
  { workspaceId: first, limits, models: { all: true }, disabled: false },
  { workspaceId: second, limits: [], models: { all: false, names: ['small'] }, disabled: true },
  { workspaceId: third, limits: [], models: { all: true }, disabled: false },
];
const CONNECTION: OpenConnection = {
  organizationId: ours,
  integrationId: id,
  workspaces: WORKSPACES,
  reason: 'because',
  correlationId: 'connect-1',
  causationId: 'event-1',
};

class Silent extends ServiceLog {
  readonly lines: string[] = [];
  info(_fields: object, message: string): void {
    this.lines.push(message);
  }
  warn = this.info;
  error = this.info;
}

class Told extends Connections {
  told: readonly OpenConnection[] = [CONNECTION];
  /** One at a time. */
  async open(after: OpenConnection | undefined): Promise<readonly OpenConnection[]> {
    const next = after === undefined ? 0 : this.told.indexOf(after) + 1;
    return this.told.slice(next, next + 1);
  }
}

class OneIntegration extends Integrations {
  known: KnownIntegration = {
    slug: 'one',
    name: 'One',
    provider: 'openai',
    status: 'connecting',
    ownerWorkspaceId: '',
  };
  async find(): Promise<KnownIntegration> {
    return this.known;
  }
  async isSlug(): Promise<boolean> {
    return false;
  }
  async offeredAmong(_organization: unknown, _id: unknown, names: readonly string[]): Promise<string[]> {
    return names.filter((name) => name === 'small');
  }
}

let store: InMemoryEventStore;
let told: Told;
let integrations: OneIntegration;

/** A process as it is after a start. */
const newProcess = (over: EventStore = store): ConnectionProcess => {
  const codecs = new ProtoEventCodecs();
  const clock = new FixedClock(new Date('2026-11-01'));
  const approvals = new Approvals(
    new RecordedApprovalSettings(over, codecs),
    clock,
    new AsyncLocalConsents(),
  );
  const provisions = new ProvisionStreams(over, codecs, testIds, approvals);
  const names = new ProvisionNameStreams(over, codecs, testIds);
  const maker = new ProvisionMaker(
    provisions,
    new WorkspaceStreams(over, codecs, testIds, approvals),
    integrations,
    new ProvisionNaming(names, provisions, integrations, approvals.consents, clock),
    testIds,
    clock,
  );
  const streams = new ConnectionStreams(over, codecs, testIds);
  const projections = new Projections(new Map(), new Signal());
  return new ConnectionProcess(told, streams, integrations, maker, provisions, projections, new Silent());
};

const createWorkspace = (workspace: WorkspaceId, organization = ours): Promise<void> => {
  const event = new ProtoEventCodecs().workspace.encode({
    type: 'WorkspaceCreated',
    slug: '',
    details: { icon: '', description: '', defaultMetadata: {} },
    workspaceId: workspace,
    organizationId: organization,
    name: workspace,
    limits: [],
  });
  return append(`workspace-${workspace}`, [event], organization);
};

const append = async (
  stream: string,
  events: readonly StoredEvent[],
  organization: OrganizationId,
): Promise<void> => {
  const metadata = {
    organizationId: organization,
    actor: { kind: 'service', id: 'spec', address: '' },
    reason: '',
    requestId: stream,
    command: 'Spec',
    correlationId: '',
    causationId: '',
  } as const;
  const recorded = events.map((event, index) => ({
    ...event,
    id: testIds.eventId(stream, String(index)),
    metadata,
  }));
  await store.append(stream, recorded, 'none');
};

beforeEach(async () => {
  store = new InMemoryEventStore(new FixedClock(new Date('2030-01-01T00:00:00Z')));
  told = new Told();
  integrations = new OneIntegration();
  for (const workspace of [first, second, third]) await createWorkspace(workspace);
});

const recorded = async (): Promise<readonly RecordedEvent[]> => {
  const { events } = await store.readAll({ after: 0n as never, limit: 1_000 });
  return events.filter(({ stream }) => !stream.startsWith('workspace-'));
};
const typesOf = (events: readonly RecordedEvent[]): string[] => events.map(({ type }) => type);
const WHOLE = [
  'IntegrationProvisioned',
  'IntegrationProvisioned',
  'ProvisionDisabled',
  'IntegrationProvisioned',
  'WorkspacesConnected',
];

describe('connecting with workspaces', () => {
  test('makes every provision as it is wanted, and tells so last', async () => {
    await newProcess().look();
    const events = await recorded();
    expect(typesOf(events)).toEqual(WHOLE);
    expect(events[0]?.data).toMatchObject({ workspaceId: first, limits: [{ rateLimit: { quota: '5' } }] });
    expect(events[1]?.data).toMatchObject({ workspaceId: second, models: { names: ['small'] } });
    expect(events[0]?.metadata).toMatchObject({
      actor: { kind: 'service', id: 'provisioning' },
      reason: 'because',
      correlationId: 'connect-1',
      causationId: 'event-1',
    });
  });

  test('again, finds what it made', async () => {
    await newProcess().look();
    await newProcess().look();
    expect(typesOf(await recorded())).toEqual(WHOLE);
  });

  test('by two at once makes one of each', async () => {
    await Promise.all([newProcess().look(), newProcess().look(), newProcess().look()]);
    await newProcess().look();
    expect(typesOf(await recorded()).sort()).toEqual([...WHOLE].sort());
  });

  test('goes on behind those whose outcome the registry has yet to hear of', async () => {
    await newProcess().look();
    const other = { ...CONNECTION, integrationId: integrationId(deriveId('int', 'other')) };
    told.told = [CONNECTION, other];
    await newProcess().look();
    expect(typesOf(await recorded())).toEqual([...WHOLE, ...WHOLE]);
  });

  test('is told of as refused where one cannot have it, whoever comes after', async () => {
    const foreign = workspaceId(deriveId('ws', 'foreign'));
    await createWorkspace(foreign, organizationId(deriveId('org', 'theirs')));
    const workspaces = WORKSPACES.map((wanted) =>
      wanted.workspaceId === second ? { ...wanted, workspaceId: foreign } : wanted,
    );
    told.told = [{ ...CONNECTION, workspaces }];
    await newProcess().look();
    const events = await recorded();
    expect(typesOf(events)).toEqual(['IntegrationProvisioned', 'WorkspaceRefused']);
    expect(events[1]?.data).toMatchObject({ workspaceId: foreign, reason: 'WORKSPACE_UNKNOWN' });
    told.told = [CONNECTION];
    await newProcess().look();
    expect(typesOf(await recorded())).toHaveLength(2);
  });

  test('is refused where new provisions want a second admin', async () => {
    const { organization } = new ProtoEventCodecs();
    const about = { organizationId: ours };
    const events = [
      organization.encode({ type: 'OrganizationCreated', ...about, name: 'ours' }),
      organization.encode({ type: 'OrganizationApprovalChanged', ...about, required: true }),
    ];
    await append(`organization-${ours}`, events, ours);
    await newProcess().look();
    const left = (await recorded()).filter(({ stream }) => !stream.startsWith('organization-'));
    expect(typesOf(left)).toEqual(['WorkspaceRefused']);
    expect(left[0]?.data).toMatchObject({ workspaceId: first, reason: 'APPROVAL_REQUIRED' });
  });

  test('is refused for an integration of another workspace', async () => {
    integrations.known = { ...integrations.known, ownerWorkspaceId: first };
    await newProcess().look();
    expect((await recorded()).at(-1)?.data).toMatchObject({
      workspaceId: second,
      reason: 'INTEGRATION_OF_ANOTHER_WORKSPACE',
    });
  });
});

describe.each(['before', 'after'] as const)('killed %s it writes', (when) => {
  test.each(WHOLE.map((type, step) => [type, step] as const))('%s (step %d)', async (_type, step) => {
    let writes = 0;
    const killed = new Proxy(store, {
      get: (target, name) => {
        if (name !== 'append') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
        return async (...args: Parameters<EventStore['append']>) => {
          if (writes > step) throw new Error('a dead process writes nothing');
          const dies = writes++ === step;
          if (dies && when === 'before') throw new Error('killed');
          const result = await target.append(...args);
          if (dies) throw new Error('killed');
          return result;
        };
      },
    });
    await newProcess(killed).look();
    const left = typesOf(await recorded());
    expect(left).toEqual(WHOLE.slice(0, when === 'before' ? step : step + 1));
    await newProcess().look();
    expect(typesOf(await recorded())).toEqual(WHOLE);
  });
});
