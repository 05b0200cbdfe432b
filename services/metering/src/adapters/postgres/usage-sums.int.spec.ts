import { deriveId, organizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import type { SumsFilter } from '../../app/usage/usage.ports';
import { bucketOf } from '../../domain/usage/latency';
import { beginOf, type UsageGrain } from '../../domain/usage/usage-rollup';
import type { UsageDimension, UsageRecord } from '../../domain/usage/usage-record';
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

const OURS = organizationId(deriveId('org', 'ours'));
const SINCE = Date.parse('2026-01-30T21:17:00Z');

/** Over four days, one in 13 with unknown tokens, one in 7 without a price, one in 5 without latency. */
const records = Array.from({ length: 900 }, (_, i) =>
  usageRecord({
    requestId: `req-${i}`,
    organizationId: i % 10 === 9 ? deriveId('org', 'theirs') : OURS,
    workspaceId: `ws-${i % 2}`,
    provisionId: `prv-${i % 4}`,
    apiKeyId: `key-${i % 5}`,
    model: `model-${i % 3}`,
    outcome: i % 11 === 0 ? 'clientLeft' : 'completed',
    inputTokens: i % 13 === 0 ? undefined : BigInt(i),
    amount: i % 7 === 0 ? undefined : 2n ** 62n,
    firstByteMs: i % 5 === 0 ? undefined : i,
    totalMs: i % 5 === 0 ? undefined : 2 * i,
    metadata: i % 6 === 0 ? { _user: `user-${i % 4}`, team: `team-${i % 12}` } : {},
    admittedAt: new Date(SINCE + i * 389_000),
  }),
);

const NAMES: Readonly<Record<UsageDimension, (record: UsageRecord) => string>> = {
  workspace: ({ workspaceId }) => workspaceId,
  integration: ({ integrationId }) => integrationId,
  provision: ({ provisionId }) => provisionId,
  apiKey: ({ apiKeyId }) => apiKeyId,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  outcome: ({ outcome }) => outcome,
  label: ({ metadata }) => metadata['team'] ?? '',
  day: ({ admittedAt }) => admittedAt.toISOString().slice(0, 10),
};

interface Expected {
  requests: number;
  input: bigint;
  amount: bigint;
  unknown: number;
  latencies: number[];
}

/** Added up by hand. */
const summed = (
  wanted: (record: UsageRecord) => boolean,
  by: readonly UsageDimension[],
  every?: UsageGrain,
): Record<string, Expected> => {
  const sums: Record<string, Expected> = {};
  for (const record of records) {
    if (record.organizationId !== OURS || !wanted(record)) continue;
    const begins = every ? [new Date(beginOf(+record.admittedAt, every)).toISOString()] : [];
    const key = [...begins, ...by.map((dimension) => NAMES[dimension](record))].join(' ');
    const sum = (sums[key] ??= { requests: 0, input: 0n, amount: 0n, unknown: 0, latencies: [] });
    sum.requests++;
    sum.input += record.inputTokens ?? 0n;
    sum.amount += record.amount ?? 0n;
    if (record.inputTokens === undefined || record.amount === undefined) sum.unknown++;
    if (record.totalMs !== undefined) {
      const bucket = bucketOf(record.totalMs);
      sum.latencies[bucket] = (sum.latencies[bucket] ?? 0) + 1;
    }
  }
  return sums;
};

describe.each([
  ['none', 0],
  ['some', 200],
  ['all', 100_000],
])('sums of usage in Postgres, %s of it rolled up', (_, rolledUp) => {
  let shared: MeteringDatabase;
  let accounts: PostgresUsageAccounts;
  let books: UsageAccountBooks;
  let pool: PgPool;

  beforeAll(async () => {
    shared = await meteringDatabase();
    pool = new PgPool(shared.pool);
    accounts = new PostgresUsageAccounts(pool);
    books = { months: new PostgresUsageMonths(pool), series: new UsageSeriesIds(pool) };
    const told = (some: readonly UsageRecord[]) => pool.inTransaction((tx) => recordUsage(tx, books, some));
    for (let at = 0; at < records.length; at += 250) await told(records.slice(at, at + 250));
    // Told again, some of them twice in one batch, and once in another light.
    await told([...records.slice(100, 400), ...records.slice(100, 200)]);
    await told([usageRecord({ ...records[5], amount: 1n, model: 'another' })]);
    await rollUpUsage(shared, rolledUp);
  });
  afterAll(() => shared.close());

  const sumsOf = async (
    filter: Omit<SumsFilter, 'organizationId'>,
    by: readonly UsageDimension[],
    every?: UsageGrain,
  ): Promise<Record<string, Expected>> => {
    const shape = { by, ...(every && { every }), latency: true, rowsMax: 10_000 };
    const rows = await accounts.sums({ organizationId: OURS, ...filter }, shape);
    return Object.fromEntries(
      rows.map((row) => {
        const key = [...(row.begins ? [row.begins.toISOString()] : []), ...by.map((name) => row.by[name])];
        const latencies: number[] = [];
        for (const [bucket, count] of (row.total ?? []).entries()) if (count > 0) latencies[bucket] = count;
        return [
          key.join(' '),
          {
            requests: Number(row.requests),
            input: row.inputTokens,
            amount: row.amount,
            unknown: Number(row.unknownRequests),
            latencies,
          },
        ];
      }),
    );
  };

  it.each<[readonly UsageDimension[], UsageGrain | undefined]>([
    [[], undefined],
    [['workspace'], undefined],
    [['provision', 'model'], undefined],
    [['apiKey', 'outcome', 'day'], undefined],
    [['provider', 'integration'], undefined],
    [['model'], 'minute'],
    [[], 'hour'],
    [['workspace', 'outcome'], 'day'],
    [['model', 'outcome'], 'hour'],
    [['provision', 'workspace'], 'hour'],
    [['apiKey'], 'day'],
  ])('are exact by %j, every %s', async (by, every) => {
    expect(await sumsOf({}, by, every)).toEqual(summed(() => true, by, every));
  });

  it('are exact of what is asked for, from any minute to any other', async () => {
    const from = new Date('2026-01-31T07:31:00Z');
    const until = new Date('2026-02-02T19:02:00Z');
    const filter = { from, until, workspaceId: 'ws-1', model: 'model-2' };
    const wanted = ({ admittedAt, workspaceId, model }: UsageRecord): boolean =>
      admittedAt >= from && admittedAt < until && workspaceId === 'ws-1' && model === 'model-2';
    expect(await sumsOf(filter, ['provision'])).toEqual(summed(wanted, ['provision']));
    expect(await sumsOf(filter, ['provision'], 'hour')).toEqual(summed(wanted, ['provision'], 'hour'));
  });

  it.each<[Omit<SumsFilter, 'organizationId'>, readonly UsageDimension[]]>([
    [{ outcome: 'clientLeft' }, ['model']],
    [{ provisionIds: ['prv-1', 'prv-3'] }, ['workspace']],
    [{ workspaceId: 'ws-1', apiKeyId: 'key-2' }, []],
  ])('are exact of %j by %j, with hours and minutes at the ends', async (of, by) => {
    const [from, until] = [new Date('2026-01-31T07:31:00Z'), new Date('2026-02-02T19:02:00Z')];
    const wanted = (record: UsageRecord): boolean =>
      record.admittedAt >= from &&
      record.admittedAt < until &&
      (of.outcome ?? record.outcome) === record.outcome &&
      (of.provisionIds ?? [record.provisionId]).includes(record.provisionId) &&
      (of.workspaceId ?? record.workspaceId) === record.workspaceId &&
      (of.apiKeyId ?? record.apiKeyId) === record.apiKeyId;
    expect(await sumsOf({ from, until, ...of }, by)).toEqual(summed(wanted, by));
    expect(await sumsOf({ from, until, ...of }, by, 'hour')).toEqual(summed(wanted, by, 'hour'));
  });

  it('are exact by a key of metadata, and by what it says', async () => {
    const labelled = ({ metadata }: UsageRecord): boolean => 'team' in metadata;
    const label = { key: 'team' };
    expect(await sumsOf({ label }, ['label', 'workspace'])).toEqual(summed(labelled, ['label', 'workspace']));
    expect(await sumsOf({ label: { key: 'team', value: 'team-6' } }, [], 'day')).toEqual(
      summed(({ metadata }) => metadata['team'] === 'team-6', [], 'day'),
    );
  });

  it('refuse to be more rows than can be told', async () => {
    const shape = { by: ['model'] as const, every: 'minute' as const, latency: false, rowsMax: 100 };
    await expect(accounts.sums({ organizationId: OURS }, shape)).rejects.toMatchObject({
      reason: 'USAGE_ROWS_EXCEEDED',
    });
  });

  it('tell apart as many values of metadata as is bearable, and lose none', async () => {
    const ours = organizationId(deriveId('org', 'chatty'));
    const series = new UsageSeriesIds(pool, { values: 3, keys: 2 });
    const chatty = (n: number) =>
      usageRecord({
        organizationId: ours,
        requestId: `chat-${n}`,
        metadata: { session: `s-${n}`, [`key-${n}`]: 'a' },
      });
    for (const batch of [
      [chatty(0), chatty(1), chatty(2)],
      [chatty(3), chatty(4)],
      [chatty(3), chatty(5)],
    ])
      await pool.inTransaction((tx) => recordUsage(tx, { ...books, series }, batch));
    const of = async (key: string) => {
      const shape = { by: ['label'] as const, latency: false, rowsMax: 100 };
      const rows = await accounts.sums({ organizationId: ours, label: { key } }, shape);
      return rows.map(({ by, requests }) => [by.label, Number(requests)]);
    };
    expect(await of('session')).toEqual([
      ['', 3],
      ['s-0', 1],
      ['s-1', 1],
      ['s-2', 1],
    ]);
    expect(await of('key-0')).toEqual([['a', 1]]);
    expect(await of('key-1')).toEqual([]);
    const [all] = await accounts.sums({ organizationId: ours }, { by: [], latency: false, rowsMax: 1 });
    expect(all?.requests).toBe(6n);
  });

  it('count latencies also where a bucket of all days has more than one day can', async () => {
    const ours = organizationId(deriveId('org', 'busy'));
    const calls = [10, 11].map((day) =>
      usageRecord({
        organizationId: ours,
        requestId: `busy-${day}`,
        admittedAt: new Date(`2026-11-${day}T10:00:00Z`),
      }),
    );
    await pool.inTransaction((tx) => recordUsage(tx, books, calls));
    await rollUpUsage(shared);
    const most = 2 ** 31 - 1;
    const bucket = bucketOf(calls[0]?.totalMs ?? 0);
    for (const table of ['usage_day', 'usage_margin_day'])
      await asOwner(
        shared,
        `UPDATE metering.${table} SET total[${bucket + 1}] = ${most} FROM metering.usage_series s
         WHERE s.series_id = ${table}.series_id AND s.organization_id = '${ours}'`,
      );
    const shape = { by: ['provider'] as const, latency: true, rowsMax: 10 };
    const [sums] = await accounts.sums({ organizationId: ours }, shape);
    expect(sums?.total?.[bucket]).toBe(2 * most);
  });
});
