import { AppError, type Clock, type LimitId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import type { PoolClient } from 'pg';
import { type AttemptAsked, UsageAdjustments } from '../../app/usage/usage.ports';
import {
  type AdjustmentDecided,
  adjustUsage,
  type AdjustUsage,
  type ChargedAttempt,
  type LimitMoved,
  type UsageAdjustment,
} from '../../domain/adjustment/adjust-usage';
import { waiveDoubt, type WaiveDoubt } from '../../domain/adjustment/waive-doubt';
import type { LeaseStatus } from '../../domain/lease/lease';
import { beginOf, seriesOf, type UsageCount } from '../../domain/usage/usage-rollup';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { fromRowLedger, type LedgerDbRow } from './ledger.rows';
import { insertEvents, updateRows } from './ledger-writes';
import { KEY_TEMPLATE } from './limits.projection';
import { moveCounters } from './record-usage';
import { fromRowUsage, type UsageDbRow } from './usage.rows';
import type { KnownSeries, UsageSeriesIds } from './usage-series-ids';

const DONE = `
  SELECT admitted_on, usage_request_id, attempt, before_nano_usd, amount_nano_usd FROM metering.usage_correction
  WHERE organization_id = $1 AND request_id = $2`;

const MOVED = `
  SELECT limit_id, period_start, spent, doubt FROM metering.ledger_correction
  WHERE organization_id = $1 AND request_id = $2 ORDER BY limit_id, period_start`;

const RECORD = `
  SELECT * FROM metering.usage_record
  WHERE admitted_on = $2 AND request_id = $3 AND attempt = $4 AND organization_id = $1`;

const CORRECTED = `
  SELECT amount_nano_usd FROM metering.usage_correction
  WHERE admitted_on = $2 AND usage_request_id = $3 AND attempt = $4 AND organization_id = $1 ORDER BY ordinal DESC LIMIT 1`;

/** Leases in USD that the attempt was admitted under, as far as they are kept. */
const LEASES = `
  SELECT number, limit_id, period_start, unit, status, released FROM metering.held_lease
  WHERE journal_id = $1 AND number = ANY ($2::bigint[])
  UNION ALL
  SELECT 0, s.limit_id, s.period_start, s.unit, l.status, false
  FROM metering.lease l JOIN metering.lease_limit s USING (lease_id) WHERE l.lease_id = $3`;

/** Of limits of those scopes that were there when it was admitted: their periods of then. */
const PERIODS = `
  SELECT r.limit_id, r.period_start FROM metering_limits.limit_in_force f JOIN metering.ledger r USING (limit_id)
  WHERE f.scope_id = ANY ($1) AND f.scope_kind <> '${KEY_TEMPLATE}' AND f.unit = 'nanoUsd' AND f.created_at <= $2
    AND r.period_start <= $2 AND (r.period_end IS NULL OR r.period_end > $2) AND f.limit_id <> ALL ($3)`;

const LOCK_ROWS = `
  SELECT r.*, EXISTS (SELECT FROM metering_limits.limit_in_force f WHERE f.limit_id = r.limit_id AND f.strict) AS strict
  FROM metering.ledger r
  JOIN unnest($1::text[], $2::timestamptz[]) AS named (limit_id, period_start) USING (limit_id, period_start)
  ORDER BY r.limit_id, r.period_start FOR NO KEY UPDATE OF r`;

const LATEST = `
  SELECT * FROM metering.ledger WHERE limit_id = $1 ORDER BY period_start DESC LIMIT 1 FOR NO KEY UPDATE`;

const CORRECT = `
  INSERT INTO metering.usage_correction (organization_id, request_id, admitted_on, usage_request_id, attempt,
    before_nano_usd, amount_nano_usd, corrected_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

const CORRECT_ROWS = `
  INSERT INTO metering.ledger_correction (organization_id, request_id, limit_id, period_start, spent, doubt)
  SELECT $1, $2, * FROM unnest($3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[])`;

interface DoneDbRow {
  admitted_on: string;
  usage_request_id: string;
  attempt: number;
  before_nano_usd: bigint | null;
  amount_nano_usd: bigint;
}

interface PeriodDbRow {
  limit_id: LimitId;
  period_start: Date;
}

interface LeaseDbRow extends PeriodDbRow {
  number: bigint;
  unit: string;
  status: LeaseStatus;
  released: boolean;
}

export interface UsageAdjustmentsOptions {
  readonly pool: PgPool;
  readonly clock: Clock;
  readonly series: UsageSeriesIds;
  /** Called when events were decided that the event store does not have yet. */
  readonly onEvents: () => void;
}

/**
 * In one transaction: the command's id and the attempt are locked first, then rows of the ledger in their order, as whoever else
 * locks several does, then counters.
 */
export class PostgresUsageAdjustments extends UsageAdjustments {
  constructor(private readonly options: UsageAdjustmentsOptions) {
    super();
  }

  async adjust(command: AdjustUsage, asked: AttemptAsked): Promise<UsageAdjustment> {
    const { pool, series, onEvents } = this.options;
    const { rows } = await pool.query<UsageDbRow>(RECORD, attemptOf(command, asked));
    if (!rows[0]) throw new AppError('NOT_FOUND', 'USAGE_UNKNOWN');
    const record = fromRowUsage(rows[0]);
    // Neither changes. Who waits for locks below asks for no second connection.
    const known = (await series.of(seriesOf(record))).flatMap((one) => one ?? []);
    const adjustment = await pool.inTransaction((tx) => this.carryOut(tx, command, asked, { record, known }));
    onEvents();
    return adjustment;
  }

  async waive(command: WaiveDoubt, limitId: LimitId): Promise<void> {
    const { organizationId, asked } = command;
    await this.options.pool.inTransaction(async (tx) => {
      const { rows: latest } = await tx.query<LedgerDbRow>(LATEST, [limitId]);
      if (!latest[0]) return;
      const named = [organizationId, asked.requestId];
      const { rows: moved } = await tx.query<PeriodDbRow>(MOVED, named);
      // The same command, perhaps in the period before.
      if (moved.some(({ limit_id }) => limit_id === limitId) && !(await wasAdjusted(tx, named))) return;
      if (moved.length > 0) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
      const { row, events, waived } = waiveDoubt(command, fromRowLedger(latest[0]));
      if (waived === 0n) return;
      const corrected = { limitId, periodStart: row.start, spent: -waived, doubt: -waived };
      await correctRows(tx, command, [corrected]);
      await Promise.all([...updateRows(tx, [row]), ...insertEvents(tx, events)]);
    });
    this.options.onEvents();
  }

  private async carryOut(
    tx: PoolClient,
    command: AdjustUsage,
    asked: AttemptAsked,
    { record, known }: { readonly record: UsageRecord; readonly known: readonly KnownSeries[] },
  ): Promise<UsageAdjustment> {
    const attempt = attemptOf(command, asked);
    for (const locked of [
      ['request', command.organizationId, command.asked.requestId],
      ['attempt', ...attempt],
    ])
      await tx.query('SELECT pg_advisory_xact_lock($1)', [
        advisoryKey(JSON.stringify(['adjust', ...locked])),
      ]);
    const done = await doneBefore(tx, command, asked);
    if (done) return done;
    const corrected = await tx.query<{ amount_nano_usd: bigint }>(CORRECTED, attempt);
    const decided = adjustUsage(command, {
      record,
      corrected: corrected.rows[0]?.amount_nano_usd,
      rows: await rowsOf(tx, record),
    });
    await this.write(tx, command, asked, decided);
    const ids = known.map(({ seriesId }) => seriesId);
    await moveCounters(tx, countsOf(record, ids, decided), known);
    return decided.adjustment;
  }

  private async write(
    tx: PoolClient,
    command: AdjustUsage,
    { day, requestId: usageRequestId, attempt }: AttemptAsked,
    { adjustment, rows, events }: AdjustmentDecided,
  ): Promise<void> {
    const { organizationId, asked } = command;
    const { before, amount, limits } = adjustment;
    const now = this.options.clock.now();
    const of = [day, usageRequestId, attempt];
    await tx.query(CORRECT, [organizationId, asked.requestId, ...of, before ?? null, amount, now]);
    await correctRows(tx, command, limits);
    await Promise.all([...updateRows(tx, rows), ...insertEvents(tx, events)]);
  }
}

const correctRows = async (
  tx: PoolClient,
  { organizationId, asked }: Pick<WaiveDoubt, 'organizationId' | 'asked'>,
  limits: readonly LimitMoved[],
): Promise<void> => {
  await tx.query(CORRECT_ROWS, [
    ...[organizationId, asked.requestId],
    limits.map(({ limitId }) => limitId),
    limits.map(({ periodStart }) => periodStart.toISOString()),
    limits.map(({ spent }) => spent),
    limits.map(({ doubt }) => doubt),
  ]);
};

const attemptOf = ({ organizationId }: AdjustUsage, { day, requestId, attempt }: AttemptAsked): string[] => [
  ...[organizationId, day, requestId],
  String(attempt),
];

const countsOf = (
  record: UsageRecord,
  ids: readonly number[],
  { counted }: AdjustmentDecided,
): UsageCount[] => {
  const begins = beginOf(record.admittedAt.getTime(), 'minute');
  return ids
    .toSorted((a, b) => a - b)
    .map((seriesId) => ({
      ...{ seriesId, begins, requests: 0n, inputTokens: 0n, outputTokens: 0n },
      ...counted,
      ...{ firstByte: undefined, total: undefined },
    }));
};

const wasAdjusted = async (tx: PoolClient, named: readonly string[]): Promise<boolean> =>
  (await tx.query(DONE, [...named])).rowCount !== 0;

/** What the same command did before. */
const doneBefore = async (
  tx: PoolClient,
  { organizationId, amount, asked: { requestId } }: AdjustUsage,
  asked: AttemptAsked,
): Promise<UsageAdjustment | undefined> => {
  const [done] = (await tx.query<DoneDbRow>(DONE, [organizationId, requestId])).rows;
  const { rows: moved } = await tx.query<PeriodDbRow & { spent: bigint; doubt: bigint }>(MOVED, [
    organizationId,
    requestId,
  ]);
  if (!done && moved.length === 0) return undefined;
  const same =
    done &&
    done.admitted_on === asked.day &&
    done.usage_request_id === asked.requestId &&
    done.attempt === asked.attempt &&
    done.amount_nano_usd === amount;
  if (!same) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  return {
    before: done.before_nano_usd ?? undefined,
    amount,
    limits: moved.map(({ limit_id, period_start, spent, doubt }) => ({
      ...{ limitId: limit_id, periodStart: period_start, spent, doubt },
    })),
  };
};

/**
 * The rows that the attempt was charged to, locked: by its leases, and where these were forgotten, by the limits that its scopes
 * have and had then. A lease that was released was not closed by what was settled under it: its row stays as it is.
 */
const rowsOf = async (tx: PoolClient, record: UsageRecord): Promise<ChargedAttempt['rows']> => {
  if (record.leases.length === 0 && record.leaseId === '') return [];
  const { rows: leases } = await tx.query<LeaseDbRow>(LEASES, [
    record.journalId,
    record.leases,
    record.leaseId,
  ]);
  if (leases.some(({ status }) => status !== 'closed')) throw new AppError('REFUSED', 'USAGE_UNSETTLED');
  const charged = leases.filter(({ unit, released }) => unit === 'nanoUsd' && !released);
  const kept = new Set(leases.map(({ number }) => number));
  const forgotten = record.leases.every((number) => kept.has(number))
    ? []
    : await periodsOf(tx, record, leases);
  const periods: readonly PeriodDbRow[] = [...charged, ...forgotten];
  const { rows } = await tx.query<LedgerDbRow & { strict: boolean }>(LOCK_ROWS, [
    periods.map(({ limit_id }) => limit_id),
    periods.map(({ period_start }) => period_start.toISOString()),
  ]);
  return rows.map((row) => ({ row: fromRowLedger(row), strict: row.strict }));
};

const periodsOf = async (
  tx: PoolClient,
  record: UsageRecord,
  known: readonly PeriodDbRow[],
): Promise<readonly PeriodDbRow[]> => {
  const { provisionId, workspaceId, apiKeyId, integrationId, organizationId, admittedAt } = record;
  const { rows } = await tx.query<PeriodDbRow>(PERIODS, [
    [provisionId, workspaceId, apiKeyId, integrationId, organizationId],
    admittedAt,
    known.map(({ limit_id }) => limit_id),
  ]);
  return rows;
};
