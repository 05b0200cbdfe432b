import { deriveId, organizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import type { PoolClient } from 'pg';
import type { RecordFilter, UsageCursor } from '../../app/usage/usage.ports';
import type { CorrectedRecord, UsageRecord } from '../../domain/usage/usage-record';
import {
  asOwner,
  type MeteringDatabase,
  meteringDatabase,
  rollUpUsage,
} from '../../testing/postgres-harness';
import { usageRecord } from '../../testing/usage-record';
import { PostgresUsageAccounts } from './postgres-usage-accounts';
import { PostgresUsageMonths } from './postgres-usage-months';
import { recordUsage, type UsageAccountBooks } from './record-usage';
import { UsageSeriesIds } from './usage-series-ids';
import { IN_ORDER, meetingRecordsQuery, recordsQuery } from './usage-records-query';

const OURS = organizationId(deriveId('org', 'ours'));
const RECORDS = 600;
const HOUR_MS = 3_600_000;
const SINCE = Date.parse('2026-01-20T00:00:00Z');

/** Spread over three months, some of them of the same millisecond. */
const records = Array.from({ length: RECORDS }, (_, i) =>
  usageRecord({
    requestId: `req-${(i * 7919) % RECORDS}`,
    organizationId: i % 10 === 9 ? deriveId('org', 'theirs') : OURS,
    workspaceId: `ws-${i % 2}`,
    integrationId: `int-${i % 3}`,
    provisionId: `prv-${i % 4}`,
    apiKeyId: `key-${i % 5}`,
    provider: `provider-${i % 3}`,
    model: `model-${i % 7}`,
    user: i % 6 === 0 ? 'ada' : '',
    traceId: i % 50 === 0 ? 'trace' : '',
    outcome: i % 11 === 0 ? 'clientLeft' : 'completed',
    status: i % 13 === 0 ? 429 : 200,
    admittedAt: new Date(SINCE + Math.floor(i / 2) * 3 * HOUR_MS),
  }),
);

const FILTERS: readonly [string, Omit<RecordFilter, 'organizationId'>, (record: UsageRecord) => boolean][] = [
  ['organization_id', {}, () => true],
  ['workspace_id', { workspaceId: 'ws-1' }, ({ workspaceId }) => workspaceId === 'ws-1'],
  ['integration_id', { integrationId: 'int-1' }, ({ integrationId }) => integrationId === 'int-1'],
  ['provision_id', { provisionId: 'prv-3' }, ({ provisionId }) => provisionId === 'prv-3'],
  ['api_key_id', { apiKeyId: 'key-2' }, ({ apiKeyId }) => apiKeyId === 'key-2'],
  ['provider', { provider: 'provider-0' }, ({ provider }) => provider === 'provider-0'],
  ['model', { model: 'model-6' }, ({ model }) => model === 'model-6'],
  ['client_user', { user: 'ada' }, ({ user }) => user === 'ada'],
  ['trace_id', { traceId: 'trace' }, ({ traceId }) => traceId === 'trace'],
  ['outcome', { outcome: 'clientLeft' }, ({ outcome }) => outcome === 'clientLeft'],
  ['organization_id', { outcome: 'completed' }, ({ outcome }) => outcome === 'completed'],
  ['status', { status: 429 }, ({ status }) => status === 429],
  ['organization_id', { status: 200 }, ({ status }) => status === 200],
];

describe('usage records in Postgres', () => {
  let shared: MeteringDatabase;
  let books: UsageAccountBooks;
  let accounts: PostgresUsageAccounts;

  beforeAll(async () => {
    shared = await meteringDatabase();
    const pool = new PgPool(shared.pool);
    accounts = new PostgresUsageAccounts(pool);
    books = { months: new PostgresUsageMonths(pool), series: new UsageSeriesIds(pool) };
    await pool.inTransaction((tx) => recordUsage(tx, books, records));
    await rollUpUsage(shared, records.length / 2);
  });
  afterAll(() => shared.close());

  const all = async (
    filter: Omit<RecordFilter, 'organizationId'>,
    size: number,
  ): Promise<CorrectedRecord[]> => {
    const found: CorrectedRecord[] = [];
    for (let after: UsageCursor | undefined; ;) {
      const page = await accounts.records({ organizationId: OURS, ...filter }, { after, size });
      found.push(...page);
      after = page.at(-1);
      if (page.length < size) return found;
    }
  };

  const expected = (wanted: (record: UsageRecord) => boolean): CorrectedRecord[] =>
    records
      .filter((record) => record.organizationId === OURS && wanted(record))
      .map((record) => ({ ...record, corrections: [] }))
      .sort(
        (a, b) => b.admittedAt.getTime() - a.admittedAt.getTime() || (a.requestId < b.requestId ? -1 : 1),
      );

  it.each(FILTERS)('are listed newest first, whole and once, by %s', async (_column, filter, wanted) => {
    expect(await all(filter, 7)).toEqual(expected(wanted));
  });

  const PAIRS = FILTERS.flatMap(([, one, hasOne], index) =>
    FILTERS.slice(index + 1).flatMap(([, other, hasOther]) => {
      const told = { ...one, ...other };
      const isPair = Object.keys(told).length === 2;
      return isPair ? [[told, (record: UsageRecord) => hasOne(record) && hasOther(record)] as const] : [];
    }),
  );

  it.each(PAIRS)('are listed newest first, whole and once, by two: %j', async (filter, wanted) => {
    expect(await all(filter, 7)).toEqual(expected(wanted));
  });

  it.each<[Omit<RecordFilter, 'organizationId'>, number]>([
    [{ apiKeyId: 'key-2', model: 'model-6' }, 1],
    [{ apiKeyId: 'key-2', model: 'model-6', outcome: 'clientLeft' }, 2],
    [{ workspaceId: 'ws-0', provisionId: 'prv-2', integrationId: 'int-1' }, 3],
    [{ apiKeyId: 'key-1', integrationId: 'int-1', provider: 'provider-1', outcome: 'completed' }, 2],
    [{ model: 'model-6', integrationId: 'int-1', outcome: 'completed' }, 3],
  ])('are listed by several between times within a minute: %j, %i a page', async (filter, size) => {
    const times = [0, 1, 29, 500].map((index) => SINCE + index * 3 * HOUR_MS);
    for (const since of times) {
      for (const until of [since, since + 30_000, since + 400 * HOUR_MS + 1]) {
        const [from, to] = [new Date(since), new Date(until)];
        const wanted = expected(
          (record) =>
            (Object.keys(filter) as (keyof typeof filter & keyof UsageRecord)[]).every(
              (name) => record[name] === filter[name],
            ) &&
            record.admittedAt >= from &&
            record.admittedAt <= to,
        );
        expect(await all({ ...filter, from, to }, size)).toEqual(wanted);
      }
    }
  });

  it('are not read through where filters do not meet, and only about where they do', async () => {
    const pool = new PgPool(shared.pool);
    const ours = organizationId(deriveId('org', 'meeting'));
    const [key, model] = ['key-m', 'model-m'];
    const of = (index: number, some: Partial<UsageRecord>): UsageRecord =>
      usageRecord({
        ...{ requestId: `meets-${index}`, organizationId: ours, apiKeyId: 'key-o', model: 'model-o' },
        ...{ admittedAt: new Date(SINCE + index * 60_000), ...some },
      });
    // A key and a model that are both common, and meet twice, a day apart.
    const many = Array.from({ length: 3_000 }, (_, index) =>
      of(index, index % 1_440 === 700 ? { apiKeyId: key, model } : index % 2 ? { apiKeyId: key } : { model }),
    );
    await pool.inTransaction((tx) => recordUsage(tx, books, many));
    await rollUpUsage(shared);
    const filter = { organizationId: ours, apiKeyId: key, model };
    const found = await accounts.records(filter, { after: undefined, size: 5 });
    expect(found.map(({ requestId }) => requestId)).toEqual(['meets-2140', 'meets-700']);
    const { rows: series } = await shared.pool.query<{ series_id: number }>(
      `SELECT series_id FROM metering.usage_series
       WHERE organization_id = $1 AND api_key_id = $2 AND model = $3 AND label_key = ''`,
      [ours, key, model],
    );
    const meetings = { seriesIds: series.map(({ series_id }) => series_id), inMargins: false, of: filter };
    const passedOver = async ({ text, values }: ReturnType<typeof recordsQuery>): Promise<number> => {
      const client = await shared.pool.connect();
      try {
        await client.query(`BEGIN; SET LOCAL enable_seqscan = off; ${IN_ORDER}`);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ANALYZE ${text}`, values);
        const removed = rows.flatMap((row) =>
          [...row['QUERY PLAN'].matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, count]) => Number(count)),
        );
        return removed.reduce((sum, count) => sum + count, 0);
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    const page = { after: undefined, size: 5 };
    expect(await passedOver(recordsQuery(filter, page))).toBeGreaterThan(1_000);
    expect(await passedOver(meetingRecordsQuery(filter, page, meetings))).toBeLessThan(20);
  });

  it('come back as they were written, whatever their texts and numbers, and are written once', async () => {
    const theirs = organizationId(deriveId('org', 'odd'));
    const most = 2n ** 63n - 1n;
    const odd = ['"', '\\', '{a,b}', 'NULL', '\\"', 'a\nb\t', "'", '\u{1f600}', ' '].map((text, index) =>
      usageRecord({
        requestId: `${text}-${index}`,
        organizationId: theirs,
        model: text,
        user: text,
        serviceTier: text,
        metadata: { [text]: text, plain: '' },
        kinds: [
          { kind: 'input', quantity: most, rate: undefined },
          { kind: 'output', quantity: 1n, rate: 0n },
        ],
        inputTokens: most,
        outputTokens: undefined,
        amount: index % 2 === 0 ? undefined : most,
        doubt: most,
        leases: index % 2 === 0 ? [] : [most, 1n],
        streamed: true,
        status: undefined,
        admittedAt: new Date(SINCE + index),
      }),
    );
    const pool = new PgPool(shared.pool);
    await pool.inTransaction((tx) => recordUsage(tx, books, odd.slice(3)));
    await pool.inTransaction((tx) => recordUsage(tx, books, [...odd, ...odd]));
    const found = await accounts.records({ organizationId: theirs }, { after: undefined, size: 100 });
    expect(found).toEqual(odd.map((record) => ({ ...record, corrections: [] })).toReversed());
    const { rows } = await shared.pool.query<{ requests: bigint }>(
      `SELECT sum(requests)::bigint AS requests FROM metering.usage_recent JOIN metering.usage_series USING (series_id)
       WHERE organization_id = $1 AND label_key = ''`,
      [theirs],
    );
    expect(rows).toEqual([{ requests: BigInt(odd.length) }]);
  });

  it('are listed between two times, both inclusive, across months', async () => {
    const [from, to] = [new Date(SINCE + 30 * HOUR_MS), new Date(SINCE + 600 * HOUR_MS)];
    const between = ({ admittedAt }: UsageRecord): boolean => admittedAt >= from && admittedAt <= to;
    const found = await all({ from, to, model: 'model-6' }, 5);
    expect(found).toEqual(expected((record) => between(record) && record.model === 'model-6'));
    expect(await all({ from: to, to }, 5)).toEqual(expected(({ admittedAt }) => +admittedAt === +to));
  });

  it.each(FILTERS)('are found by an index of %s', async (column, filter) => {
    const { text, values } = recordsQuery({ organizationId: OURS, ...filter }, { after: undefined, size: 5 });
    const client = await shared.pool.connect();
    try {
      // So few are quicker read through: the plan is that of many.
      await client.query(`BEGIN; SET LOCAL enable_seqscan = off; ${IN_ORDER}`);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(new RegExp(`Index Cond: .*hashtext.*${column}`));
      expect(plan).not.toContain('Seq Scan');
      // Of a millisecond alone.
      expect(plan).not.toMatch(/(?<!Incremental )Sort {2}\(/);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('are read by no bitmaps of all that filters find, and nothing else is', async () => {
    const scans: unknown[] = [];
    const bitmaps = async (client: Pick<PoolClient, 'query'>): Promise<unknown> =>
      (await client.query<{ enable_bitmapscan: string }>('SHOW enable_bitmapscan')).rows[0]
        ?.enable_bitmapscan;
    class WatchedPool extends PgPool {
      override inTransaction<T>(work: (tx: PoolClient) => Promise<T>): Promise<T> {
        return super.inTransaction(async (tx) => {
          const result = await work(tx);
          scans.push(await bitmaps(tx));
          return result;
        });
      }
    }
    const one = createPool(shared.database.urlAs('metering'), { name: 'metering-spec', max: 1 });
    try {
      const filter = { organizationId: OURS, workspaceId: 'ws-1', integrationId: 'int-1' };
      const page = { after: undefined, size: 5 };
      await new PostgresUsageAccounts(new WatchedPool(one)).records(filter, page);
      expect([...scans, await bitmaps(one)]).toEqual(['off', 'on']);
    } finally {
      await one.end();
    }
  });

  it('are in a partition of their month each, made once whoever needs it', async () => {
    const pool = new PgPool(shared.pool);
    const time = [new Date('2026-07-09T00:00:00Z')];
    await Promise.all([1, 2, 3].map(() => new PostgresUsageMonths(pool).ready(time)));
    const outside = [
      usageRecord({ admittedAt: new Date('1999-01-01T00:00:00Z') }),
      usageRecord({ admittedAt: new Date('2999-01-01T00:00:00Z') }),
    ];
    await pool.inTransaction((tx) => recordUsage(tx, books, outside));
    const { rows } = await shared.pool.query<{ name: string }>(
      `SELECT tableoid::regclass::text AS name FROM metering.usage_record GROUP BY 1 ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name.replace('metering.', ''))).toEqual([
      'usage_record_2026_01',
      'usage_record_2026_02',
      'usage_record_after',
      'usage_record_before',
    ]);
  });

  it.each([
    [
      '2026_05',
      'taken out',
      'ALTER TABLE metering.usage_record DETACH PARTITION metering.usage_record_2026_05',
    ],
    ['2026_06', 'dropped', 'DROP TABLE metering.usage_record_2026_06'],
  ])('are kept in another partition of %s where theirs was %s', async (name, _how, away) => {
    const pool = new PgPool(shared.pool);
    const on = (day: number) =>
      usageRecord({
        requestId: `on ${day}`,
        admittedAt: new Date(Date.UTC(2026, Number(name.slice(-2)) - 1, day)),
      });
    const record = (day: number) => pool.inTransaction((tx) => recordUsage(tx, books, [on(day)]));
    await record(1);
    await asOwner(shared, away);
    await expect(record(2)).rejects.toMatchObject({ code: '23514' });
    await record(2);
    await record(3);
    const { rows } = await shared.pool.query<{ request_id: string; name: string }>(
      `SELECT request_id, tableoid::regclass::text AS name FROM metering.usage_record
       WHERE tableoid::regclass::text ~ $1 ORDER BY 1`,
      [name],
    );
    expect(rows.map(({ request_id: id }) => id)).toEqual(['on 2', 'on 3']);
    await new PostgresUsageMonths(pool).ready([on(1).admittedAt]);
  });
});
