import { AppError, type Clock, type LimitId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import type { PoolClient } from 'pg';
import { type AttemptAsked, UsageAdjustments } from '../../app/usage/usage.ports';
import {
  type AdjustmentDecided,
  adjustUsage,
  type AdjustUsage,
  type UsageAdjustment,
} from '../../domain/adjustment/adjust-usage';
import { waiveDoubt, type WaiveDoubt } from '../../domain/adjustment/waive-doubt';
import { seriesOf } from '../../domain/usage/usage-rollup';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { chargedRows } from './charged-rows';
import { correctedCounts, correctionsLock, correctRows, insertCorrections } from './correction-writes';
import { rowsSince } from './ledger-pages';
import { fromRowLedger, type LedgerDbRow } from './ledger.rows';
import { insertEvents, updateRows } from './ledger-writes';
import { moveCounters } from './record-usage';
import { fromRowUsage, type UsageDbRow } from './usage.rows';
import type { UsageSeriesIds } from './usage-series-ids';

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

/** As `presentRow` finds it. */
const PRESENT = `${rowsSince('$1', '$2')} ORDER BY period_start LIMIT 1 FOR NO KEY UPDATE`;

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
    const ids = (await series.of(seriesOf(record))).flatMap((one) => one ?? []);
    const adjustment = await pool.inTransaction((tx) => this.carryOut(tx, command, asked, { record, ids }));
    onEvents();
    return adjustment;
  }

  async waive(command: WaiveDoubt, limitId: LimitId): Promise<void> {
    const { organizationId, asked } = command;
    await this.options.pool.inTransaction(async (tx) => {
      const now = this.options.clock.now().toISOString();
      const { rows: present } = await tx.query<LedgerDbRow>(PRESENT, [limitId, now]);
      if (!present[0]) return;
      const named = [organizationId, asked.requestId];
      const { rows: moved } = await tx.query<PeriodDbRow>(MOVED, named);
      // The same command, perhaps in the period before.
      if (moved.some(({ limit_id }) => limit_id === limitId) && !(await wasAdjusted(tx, named))) return;
      if (moved.length > 0) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
      const { row, events, waived } = waiveDoubt(command, fromRowLedger(present[0]));
      if (waived === 0n) return;
      const corrected = { limitId, periodStart: row.start, spent: -waived, doubt: -waived, waived };
      const waivedAt = this.options.clock.now();
      await correctRows(tx, { organizationId, requestId: asked.requestId, waivedAt }, [corrected]);
      await Promise.all([...updateRows(tx, [row]), ...insertEvents(tx, events)]);
    });
    this.options.onEvents();
  }

  private async carryOut(
    tx: PoolClient,
    command: AdjustUsage,
    asked: AttemptAsked,
    { record, ids }: { readonly record: UsageRecord; readonly ids: readonly number[] },
  ): Promise<UsageAdjustment> {
    const attempt = attemptOf(command, asked);
    await tx.query('SELECT pg_advisory_xact_lock_shared($1)', [correctionsLock(command.organizationId)]);
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
    const {
      charged: [charged],
      rows,
    } = await chargedRows(tx, [record], true);
    if (!charged || charged === 'unsettled') throw new AppError('REFUSED', 'USAGE_UNSETTLED');
    const decided = adjustUsage(command, {
      record,
      corrected: corrected.rows[0]?.amount_nano_usd,
      rows: charged.flatMap((key) => rows.get(key) ?? []),
    });
    await this.write(tx, command, asked, decided);
    await moveCounters(tx, correctedCounts([{ record, ids, counted: decided.counted }]));
    return decided.adjustment;
  }

  private async write(
    tx: PoolClient,
    command: AdjustUsage,
    { day, requestId: usageRequestId, attempt }: AttemptAsked,
    { adjustment, rows, corrections, events }: AdjustmentDecided,
  ): Promise<void> {
    const { organizationId, asked } = command;
    const { before, amount } = adjustment;
    const correction = { requestId: asked.requestId, day, usageRequestId, attempt, before, amount };
    await insertCorrections(tx, { organizationId, at: this.options.clock.now() }, [correction]);
    await correctRows(tx, { organizationId, requestId: asked.requestId }, corrections);
    await Promise.all([...updateRows(tx, rows), ...insertEvents(tx, events)]);
  }
}

const attemptOf = ({ organizationId }: AdjustUsage, { day, requestId, attempt }: AttemptAsked): string[] => [
  ...[organizationId, day, requestId],
  String(attempt),
];

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
