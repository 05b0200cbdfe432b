import { type JsonObject, position, type RecordedEvent, revision } from '@gatehouse/event-store';
import { deriveEventId, deriveId, organizationId } from '@gatehouse/kernel';
import { eventsV1, typeV1 } from '@gatehouse/proto-gen';
import { emptyTables, type MeteringDatabase, meteringDatabase } from '../../testing/postgres-harness';
import { limitsProjection } from './limits.projection';

const ORGANIZATION = organizationId(deriveId('org', 'ours'));
const WORKSPACE = deriveId('ws', 'w');

const limit = (nanoUsd: bigint, everyDays: number): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    id: deriveId('lim', 'each'),
    kind: {
      $case: 'budget',
      value: {
        amount: { $case: 'nanoUsd', value: nanoUsd },
        reset: { period: typeV1.ResetPeriod.DAYS, everyDays },
      },
    },
  });

const happened = (stream: string, at: number, type: string, day: number, data: unknown): RecordedEvent => ({
  id: deriveEventId(stream, String(at)),
  type,
  version: 1,
  data: data as JsonObject,
  stream,
  revision: revision(BigInt(at)),
  position: position(BigInt(day)),
  recordedAt: new Date(Date.UTC(2026, 10, day)),
  metadata: {
    organizationId: ORGANIZATION,
    actor: { kind: 'operator', id: 'operator', address: '' },
    reason: '',
    requestId: `${stream}-${at}`,
    command: 'Spec',
    correlationId: '',
    causationId: '',
  },
});

const template = (at: number, day: number, limits: typeV1.Limit[]) =>
  happened(
    `workspace-${WORKSPACE}`,
    at,
    'WorkspaceKeyLimitsChanged',
    day,
    eventsV1.WorkspaceKeyLimitsChanged.toJSON({ workspaceId: WORKSPACE, limits }),
  );
const issued = (name: string, day: number) => {
  const apiKeyId = deriveId('key', name);
  const data = { apiKeyId, organizationId: ORGANIZATION, workspaceId: WORKSPACE, name };
  const event = eventsV1.ApiKeyIssued.toJSON(eventsV1.ApiKeyIssued.fromPartial(data));
  return happened(`apikey-${apiKeyId}`, 0, 'ApiKeyIssued', day, event);
};

/** Each stream in its order; one list is a history of several. */
const interleavings = <T>([first = [], ...others]: readonly (readonly T[])[]): T[][] => {
  if (others.length === 0) return [[...first]];
  return interleavings(others).flatMap((rest) => merges(first, rest));
};
const merges = <T>(some: readonly T[], others: readonly T[]): T[][] => {
  const [head, ...tail] = some;
  const [otherHead, ...otherTail] = others;
  if (head === undefined || otherHead === undefined) return [[...some, ...others]];
  return [
    ...merges(tail, others).map((rest) => [head, ...rest]),
    ...merges(some, otherTail).map((rest) => [otherHead, ...rest]),
  ];
};

describe('the limits that keys have by their workspace', () => {
  let shared: MeteringDatabase;

  beforeAll(async () => {
    shared = await meteringDatabase();
  }, 120_000);
  afterAll(() => shared.close());

  const after = async (events: readonly RecordedEvent[]): Promise<unknown> => {
    await emptyTables(shared);
    const client = await shared.pool.connect();
    try {
      await client.query(`SET search_path = ${limitsProjection.schema}`);
      for (const event of events) await limitsProjection.apply(client as never, event);
      const scopes = await client.query('SELECT * FROM scope ORDER BY scope_kind, scope_id');
      const limits = await client.query('SELECT * FROM limit_in_force ORDER BY limit_id');
      return [scopes.rows, limits.rows];
    } finally {
      await client.query('RESET search_path');
      client.release();
    }
  };

  it('come out the same, whichever stream was heard first', async () => {
    const streams = [
      [template(1, 5, [limit(10n, 2)]), template(2, 9, [limit(7n, 3)])],
      [issued('before', 3)],
      [issued('between', 7)],
      [issued('after', 11)],
    ];
    const [first, ...others] = await interleavings(streams).reduce<Promise<unknown[]>>(
      async (done, events) => [...(await done), await after(events)],
      Promise.resolve([]),
    );
    expect(others.length).toBeGreaterThan(50);
    const [scopes, limits] = first as [{ scope_kind: string }[], { scope_kind: string; amount: bigint }[]];
    expect(scopes.filter(({ scope_kind: kind }) => kind === 'workspaceKey')).toHaveLength(3);
    const derived = limits.filter(({ scope_kind: kind }) => kind === 'workspaceKey');
    expect(derived.map(({ amount }) => amount)).toEqual([7n, 7n, 7n]);
    for (const other of others) expect(other).toEqual(first);
  });
});
