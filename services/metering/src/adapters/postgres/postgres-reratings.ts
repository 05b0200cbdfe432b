import { AppError, type Clock, type OrganizationId, type ReratingId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import type { PoolClient } from 'pg';
import { Reratings, type ReratingLook } from '../../app/usage/rerating.ports';
import type { UsageCursor } from '../../app/usage/usage.ports';
import type { LimitMoved } from '../../domain/adjustment/adjust-usage';
import { type KnownCost, ratedAnew } from '../../domain/adjustment/rate-record';
import {
  type ChargedRows,
  type RatedAttempt,
  type RerateBatch,
  type RerateDecided,
  rerateUsage,
} from '../../domain/adjustment/rerate-usage';
import {
  type ModelPrices,
  type Rerating,
  type ReratingApproval,
  reratingBegun,
  reratingEnded,
  retryAfterMs,
  type WantedRerating,
} from '../../domain/adjustment/rerating';
import { addedTally, NO_TALLY } from '../../domain/adjustment/rerate-tally';
import type { RerateTerms } from '../../domain/adjustment/rerate-terms';
import { keyOfRow } from '../../domain/ledger/ledger-row';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { seriesOf } from '../../domain/usage/usage-rollup';
import { chargedRows } from './charged-rows';
import { correctedCounts, correctionsLock, correctRows, insertCorrections } from './correction-writes';
import { insertEvents, updateRows } from './ledger-writes';
import { moveCounters } from './record-usage';
import { fromDbTally, fromRowRerating, type ReratingDbRow, toDbPrices, toDbTally } from './rerating.rows';
import { recordsQuery } from './usage-records-query';
import { type CorrectedDbRow, fromRowCorrected, toRowKey } from './usage.rows';
import type { UsageSeriesIds } from './usage-series-ids';

/** Records of a batch where nothing else is said: rows of limits are locked for as long as it takes. */
const BATCH = 250;
/** Of a look, which locks nothing. */
const PAGE = 1_000;

const FIND = 'SELECT * FROM metering.rerating WHERE organization_id = $1 AND rerating_id = $2';

const KEEP = `
  INSERT INTO metering.rerating (rerating_id, organization_id, status, workspace_id, integration_id, model, from_at, to_at,
    price_book_version, prices, approval, asked, asked_at, tally)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ON CONFLICT (rerating_id) DO NOTHING`;

const APPROVE = `
  UPDATE metering.rerating SET status = 'running', approval = 'given', lowers_max = $3,
    asked = asked || jsonb_build_object('causationId', $4::text)
  WHERE organization_id = $1 AND rerating_id = $2 AND status = 'proposed' RETURNING *`;

/** All of them get on; what has failed waits for its time. */
const NEXT = `
  SELECT * FROM metering.rerating WHERE status = 'running' AND (retry_at IS NULL OR retry_at <= $1)
  ORDER BY batches LIMIT 1`;

/** As it was when its records were read; none where another process is at it. */
const CLAIM = `
  SELECT FROM metering.rerating WHERE rerating_id = $1 AND status = 'running' AND batches = $2 FOR UPDATE SKIP LOCKED`;

const ADVANCE = `
  UPDATE metering.rerating SET batches = batches + 1, after_at = $2, after_request_id = $3, after_attempt = $4, tally = $5,
    lowered = $6, status = CASE WHEN $7::timestamptz IS NULL THEN status ELSE 'done' END, ended_at = $7,
    failures = 0, retry_at = NULL
  WHERE rerating_id = $1`;

/** Unless another process has got on with it since, or has seen it fail. */
const FAIL = `
  UPDATE metering.rerating SET failures = failures + 1, retry_at = $4,
    status = CASE WHEN $5::timestamptz IS NULL THEN status ELSE 'failed' END, ended_at = $5
  WHERE rerating_id = $1 AND status = 'running' AND batches = $2 AND failures = $3`;

const KNOWN = `
  SELECT a.ordinal, (array_agg(c.amount_nano_usd ORDER BY c.ordinal DESC))[1] AS corrected,
    bool_or(c.rerating_id IS NULL) AS by_hand
  FROM unnest($2::integer[], $3::date[], $4::text[], $5::integer[]) AS a (ordinal, admitted_on, request_id, attempt)
  JOIN metering.usage_correction c ON c.admitted_on = a.admitted_on AND c.usage_request_id = a.request_id
    AND c.attempt = a.attempt AND c.organization_id = $1
  GROUP BY a.ordinal`;

const UNKNOWN: KnownCost = { corrected: undefined, byHand: false };

export interface ReratingsOptions {
  readonly pool: PgPool;
  readonly clock: Clock;
  readonly series: UsageSeriesIds;
  /** Called when events were decided that the event store does not have yet. */
  readonly onEvents: () => void;
  /** Records of a batch. */
  readonly batch?: number;
}

/**
 * A batch is one transaction, in which it moves its cursor: what a process leaves in the middle is as if it had not begun. Nobody corrects
 * what an organization's attempts cost meanwhile; then rows of the ledger are locked in their order, then counters.
 */
export class PostgresReratings extends Reratings {
  private readonly batch: number;

  constructor(private readonly options: ReratingsOptions) {
    super();
    this.batch = options.batch ?? BATCH;
  }

  async find(organizationId: OrganizationId, id: ReratingId): Promise<Rerating | undefined> {
    const { rows } = await this.options.pool.query<ReratingDbRow>(FIND, [organizationId, id]);
    return rows[0] && fromRowRerating(rows[0]);
  }

  async keep(
    wanted: WantedRerating,
    { status, approval }: { readonly status: 'proposed' | 'running'; readonly approval: ReratingApproval },
  ): Promise<Rerating> {
    const { id, terms, priceBookVersion, prices, asked } = wanted;
    const { organizationId, workspaceId = '', integrationId = '', model = '', from, to } = terms;
    await this.options.pool.inTransaction(async (tx) => {
      const { rowCount } = await tx.query(KEEP, [
        ...[id, organizationId, status, workspaceId, integrationId, model, from, to],
        ...[priceBookVersion, toDbPrices(prices), approval.kind, JSON.stringify(asked)],
        ...[this.options.clock.now(), toDbTally(NO_TALLY)],
      ]);
      if (rowCount === 1 && status === 'running')
        await Promise.all(insertEvents(tx, [reratingBegun(wanted)]));
    });
    this.options.onEvents();
    const kept = await this.find(organizationId, id);
    if (!kept) throw new Error(`rerating ${id} was kept and is not there`);
    return kept;
  }

  async approve(
    organizationId: OrganizationId,
    id: ReratingId,
    { lowersMax, causationId }: { readonly lowersMax: bigint; readonly causationId: string },
  ): Promise<void> {
    await this.options.pool.inTransaction(async (tx) => {
      const { rows } = await tx.query<ReratingDbRow>(APPROVE, [organizationId, id, lowersMax, causationId]);
      const begun = rows.map((row) => reratingBegun(fromRowRerating(row)));
      await Promise.all(insertEvents(tx, begun));
    });
    this.options.onEvents();
    if (!(await this.find(organizationId, id))) throw new AppError('NOT_FOUND', 'RERATING_UNKNOWN');
  }

  async look(terms: RerateTerms, prices: ModelPrices, mayLook: () => boolean): Promise<ReratingLook> {
    let [tally, lowers] = [NO_TALLY, 0n];
    let rows: ChargedRows = new Map();
    let after: UsageCursor | undefined;
    const limits = new Map<string, LimitMoved>();
    for (;;) {
      const records = await this.recordsAfter(terms, after, PAGE);
      const decided = await this.options.pool.inTransaction((tx) =>
        this.decide(tx, { ...LOOK, terms }, { records, prices, known: rows, lock: false }),
      );
      rows = decided.rows;
      lowers += decided.lowered;
      tally = addedTally(tally, decided.tally);
      for (const moved of decided.limits) addMoved(limits, moved);
      if (records.length < PAGE) return { tally, lowers, limits: mostFirst(limits), lookedFrom: undefined };
      after = cursorOf(records.at(-1)) ?? after;
      if (!mayLook()) return { tally, lowers, limits: mostFirst(limits), lookedFrom: after?.admittedAt };
    }
  }

  async carryOn(): Promise<boolean> {
    const { pool, clock } = this.options;
    const [row] = (await pool.query<ReratingDbRow>(NEXT, [clock.now()])).rows;
    if (!row) return false;
    try {
      return await this.rateNext(row);
    } catch (error) {
      await this.failed(row);
      throw error;
    }
  }

  private async rateNext(row: ReratingDbRow): Promise<boolean> {
    const { pool, series, onEvents } = this.options;
    const rerating = fromRowRerating(row);
    const records = await this.recordsAfter(rerating.terms, cursorIn(row), this.batch);
    // Neither changes. Who waits for locks below asks for no second connection.
    const ofRecords = records.map(seriesOf);
    const known = await series.of(ofRecords.flat());
    let next = 0;
    const knownOf = new Map(
      ofRecords.map((of, index) => [records[index], known.slice(next, (next += of.length))] as const),
    );
    const done = await pool.inTransaction((tx) => this.rateBatch(tx, rerating, records, knownOf));
    if (done) onEvents();
    return done;
  }

  /** Says no word of why: what fails here is nobody's input, and is in the service's log. */
  private async failed(row: ReratingDbRow): Promise<void> {
    const { pool, clock, onEvents } = this.options;
    const { rerating_id: id, batches, failures } = row;
    const now = clock.now();
    const waits = retryAfterMs(failures + 1);
    const retryAt = waits === undefined ? null : new Date(now.getTime() + waits);
    await pool.inTransaction(async (tx) => {
      const { rowCount } = await tx.query(FAIL, [id, batches, failures, retryAt, retryAt ? null : now]);
      if (rowCount === 1 && !retryAt) await Promise.all(insertEvents(tx, [givenUp(row)]));
    });
    if (!retryAt) onEvents();
  }

  private async recordsAfter(
    { from, to, ...terms }: RerateTerms,
    after: UsageCursor | undefined,
    size: number,
  ): Promise<readonly UsageRecord[]> {
    const { text, values } = recordsQuery({ ...terms, from, to }, { size, after });
    return (await this.options.pool.query<CorrectedDbRow>(text, values)).rows.map(fromRowCorrected);
  }

  /** False where another process is at it. */
  private async rateBatch(
    tx: PoolClient,
    rerating: Rerating,
    records: readonly UsageRecord[],
    series: ReadonlyMap<UsageRecord | undefined, readonly (number | undefined)[]>,
  ): Promise<boolean> {
    const { id, prices, batches, terms } = rerating;
    if ((await tx.query(CLAIM, [id, batches])).rowCount === 0) return false;
    await tx.query('SELECT pg_advisory_xact_lock($1)', [correctionsLock(terms.organizationId)]);
    const decided = await this.decide(tx, rerating, { records, prices, known: new Map(), lock: true });
    await this.write(tx, rerating, decided);
    const corrected = decided.corrections.map(({ record, counted }) => ({
      ...{ record, counted },
      ids: (series.get(record) ?? []).flatMap((id) => id ?? []),
    }));
    if (corrected.length > 0) await moveCounters(tx, correctedCounts(corrected));
    const tally = addedTally(rerating.tally, decided.tally);
    const ends = records.length < this.batch;
    const at = ends ? this.options.clock.now() : null;
    const last = cursorOf(records.at(-1));
    await tx.query(ADVANCE, [
      ...[id, last?.admittedAt ?? null, last?.requestId ?? null, last?.attempt ?? null],
      ...[toDbTally(tally), rerating.lowered + decided.lowered, at],
    ]);
    await Promise.all(
      insertEvents(tx, [...decided.events, ...(ends ? [reratingEnded(rerating, tally)] : [])]),
    );
    return true;
  }

  private async write(
    tx: PoolClient,
    { id, terms, batches }: Rerating,
    decided: RerateDecided,
  ): Promise<void> {
    const { organizationId } = terms;
    const { corrections, rowCorrections, movedRows } = decided;
    if (corrections.length === 0) return;
    const at = this.options.clock.now();
    await insertCorrections(
      tx,
      { organizationId, at, reratingId: id },
      corrections.map(({ record, before, amount }) => {
        const { admitted_on: day, request_id: usageRequestId, attempt } = toRowKey(record);
        const requestId = `${id}/${usageRequestId}.${attempt}`;
        return { requestId, day, usageRequestId, attempt, before, amount };
      }),
    );
    await correctRows(
      tx,
      { organizationId, requestId: `${id}/${batches + 1}`, reratingId: id },
      rowCorrections,
    );
    await Promise.all(updateRows(tx, movedRows));
  }

  /** `known` are rows as they became by what was decided before and is not written. */
  private async decide(
    tx: PoolClient,
    batch: RerateBatch,
    of: {
      readonly records: readonly UsageRecord[];
      readonly prices: ModelPrices;
      readonly known: ChargedRows;
      readonly lock: boolean;
    },
  ): Promise<RerateDecided> {
    const costs = await knownCosts(tx, batch.terms.organizationId, of.records);
    const attempts = of.records.map((record, index) => {
      const known = costs.get(index) ?? UNKNOWN;
      const prices = of.prices.get(record.integrationId)?.get(record.model);
      return { record, corrected: known.corrected, rated: ratedAnew(record, known, prices) };
    });
    const changed = attempts.filter(({ rated }) => rated.kind === 'changed');
    const { charged, rows } = await chargedRows(
      tx,
      changed.map(({ record }) => record),
      of.lock,
    );
    const chargedOf = new Map(changed.map((attempt, index) => [attempt, charged[index] ?? []]));
    const rated = attempts.map((attempt): RatedAttempt => ({
      ...attempt,
      charged: chargedOf.get(attempt) ?? [],
    }));
    return rerateUsage(batch, rated, new Map([...rows, ...of.known]));
  }
}

/** What is only looked at asks for nobody's approval, and is told by nobody. */
const LOOK: Omit<RerateBatch, 'terms'> = {
  id: '' as ReratingId,
  ...{ approval: { kind: 'needless' }, lowered: 0n, batches: 0 },
  asked: { actor: { kind: 'service', id: '', address: '' }, reason: '', requestId: '', command: '' },
};

const knownCosts = async (
  tx: PoolClient,
  organizationId: OrganizationId,
  records: readonly UsageRecord[],
): Promise<ReadonlyMap<number, KnownCost>> => {
  const keys = records.map(toRowKey);
  const { rows } = await tx.query<{ ordinal: number; corrected: bigint; by_hand: boolean }>(KNOWN, [
    organizationId,
    keys.map((_key, ordinal) => ordinal),
    keys.map(({ admitted_on }) => admitted_on),
    keys.map(({ request_id }) => request_id),
    keys.map(({ attempt }) => attempt),
  ]);
  return new Map(rows.map(({ ordinal, corrected, by_hand: byHand }) => [ordinal, { corrected, byHand }]));
};

/** What fails may be how its prices or its terms are read. */
const givenUp = ({ rerating_id: id, organization_id: organizationId, asked, tally }: ReratingDbRow) =>
  reratingEnded({ id, terms: { organizationId }, asked }, fromDbTally(tally), 'failed');

const cursorIn = ({ after_at, after_request_id, after_attempt }: ReratingDbRow): UsageCursor | undefined =>
  after_at && after_request_id !== null && after_attempt !== null
    ? { admittedAt: after_at, requestId: after_request_id, attempt: after_attempt }
    : undefined;

const cursorOf = (record: UsageRecord | undefined): UsageCursor | undefined =>
  record && { admittedAt: record.admittedAt, requestId: record.requestId, attempt: record.attempt };

const addMoved = (limits: Map<string, LimitMoved>, moved: LimitMoved): void => {
  const key = keyOfRow(moved.limitId, moved.periodStart);
  const known = limits.get(key);
  const [spent, doubt] = [(known?.spent ?? 0n) + moved.spent, (known?.doubt ?? 0n) + moved.doubt];
  limits.set(key, { ...moved, spent, doubt });
};

const mostFirst = (limits: ReadonlyMap<string, LimitMoved>): readonly LimitMoved[] =>
  [...limits.values()].sort((a, b) => (sizeOf(a.spent) < sizeOf(b.spent) ? 1 : -1));

const sizeOf = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
