import { type Clock, INT64_MAX, type JournalId, type LimitId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import type { Inbox } from '@gatehouse/projections';
import { RecordedUsage } from '../../app/journal/journal.ports';
import { LOST_RULE } from '../../domain/journal/close-leases';
import type { RecordedLease } from '../../domain/journal/recover-leases';
import { keyOfRow, type LedgerRow, presentRow, rowInForce } from '../../domain/ledger/ledger-row';
import type { RecordedPeriod } from '../../domain/ledger/recover-spent';
import type { LimitInForce, Scope, Unit } from '../../domain/limit/limit-in-force';
import { fromRowLedger, fromRowsScopes, type LedgerDbRow, type ScopeDbRow } from './ledger.rows';
import { SCOPES } from './ledger-pages';

const READ_WITHIN_MS = 2_000;

/** What an attempt cost by what is known now. */
const CORRECTED = `
  corrected AS MATERIALIZED (
    SELECT DISTINCT ON (admitted_on, usage_request_id, attempt) admitted_on, usage_request_id AS request_id, attempt,
      amount_nano_usd AS corrected
    FROM metering.usage_correction ORDER BY admitted_on, usage_request_id, attempt, ordinal DESC
  )`;

const sumOf = (figure: string, which: string): string =>
  `least(coalesce(sum(${figure}) FILTER (WHERE ${which}), 0), ${INT64_MAX})::bigint`;

const COST = 'coalesce(c.corrected, u.amount_nano_usd, 0)';

/**
 * Nano-USD that an attempt is charged in doubt beside what it is known to cost, as gateways charge it: its bound where nobody knew the price,
 * and where the limit is strict what may have been billed beyond. What nobody saw the end of is in doubt already.
 */
const keptWhere = (strict: string): string => `
  CASE WHEN c.corrected IS NOT NULL OR u.outcome = 'unknown' THEN 0
    WHEN u.amount_nano_usd IS NULL OR ${strict} THEN u.doubt_nano_usd ELSE 0 END`;

/** A client's request counts once, whatever its attempts. Of tokens that are unknown none are known to be spent. */
const spent = (nanoUsd: string, which = 'true') => ({
  nanoUsd: sumOf(nanoUsd, which),
  tokens: sumOf('coalesce(u.input_tokens, 0) + coalesce(u.output_tokens, 0)', which),
  requests: 'count(*) FILTER (WHERE u.attempt = 1)',
});

const ENDED = spent(COST, `u.outcome <> 'unknown'`);
/** A request of which nobody saw the end is no less one. */
const DOUBTFUL = {
  ...spent(COST, `u.outcome = 'unknown'`),
  nanoUsd: sumOf(`CASE WHEN u.outcome = 'unknown' THEN ${COST} ELSE ${keptWhere('o.strict')} END`, 'true'),
  requests: '0',
};
const OF_LOST = spent(`${COST} + ${keptWhere('false')}`);

const spentIn = (unit: string, { nanoUsd, tokens, requests }: ReturnType<typeof spent>): string =>
  `CASE ${unit} WHEN 'nanoUsd' THEN ${nanoUsd} WHEN 'tokens' THEN ${tokens} ELSE ${requests} END`;

const isStrict = (limitId: string): string =>
  `EXISTS (SELECT FROM metering_limits.limit_in_force f WHERE f.limit_id = ${limitId} AND f.strict)`;

/** A day more, for clocks that differ. */
const OF_LEASES = `
  WITH ${CORRECTED}, open AS MATERIALIZED (
    SELECT journal_id, number, unit, ${isStrict('h.limit_id')} AS strict FROM metering.held_lease h WHERE status <> 'closed'
  ), since AS (
    SELECT greatest(min(granted_at), '1970-01-02') - interval '1 day' AS at FROM metering.held_lease WHERE status <> 'closed'
  )
  SELECT o.journal_id, o.number, count(*) AS count, ${spentIn('min(o.unit)', ENDED)} AS sum,
    ${spentIn('min(o.unit)', DOUBTFUL)} AS doubt
  FROM metering.usage_record u CROSS JOIN LATERAL unnest(u.leases) AS l (number)
  JOIN open o ON o.journal_id = u.journal_id AND o.number = l.number
  LEFT JOIN corrected c USING (admitted_on, request_id, attempt)
  WHERE u.admitted_on >= (SELECT at::date FROM since)
  GROUP BY 1, 2 ORDER BY 1, 2`;

/** Of leases that are not known: none of them was granted before the last that is, but for a day, since clocks differ. */
const KEEP_OF_LOST = `
  WITH ${CORRECTED}, since AS (
    SELECT greatest(max(granted_at), '1970-01-02') - interval '1 day' AS at FROM metering.held_lease WHERE granted_at < $1
  )
  INSERT INTO metering.recovered_lease AS r (journal_id, number, nano_usd, strict_nano_usd, tokens, requests)
  SELECT u.journal_id, l.number, ${OF_LOST.nanoUsd}, ${sumOf(`${COST} + ${keptWhere('true')}`, 'true')},
    ${OF_LOST.tokens}, ${OF_LOST.requests}
  FROM metering.usage_record u CROSS JOIN LATERAL unnest(u.leases) AS l (number)
  LEFT JOIN metering.held_lease h ON h.journal_id = u.journal_id AND h.number = l.number
  LEFT JOIN corrected c USING (admitted_on, request_id, attempt)
  WHERE h.number IS NULL AND u.admitted_on >= coalesce((SELECT at::date FROM since), '1970-01-01')
  GROUP BY 1, 2
  ON CONFLICT (journal_id, number) DO UPDATE
    SET nano_usd = excluded.nano_usd, strict_nano_usd = excluded.strict_nano_usd, tokens = excluded.tokens,
      requests = excluded.requests`;

/** Doubt that was waived was not spent, as far as nobody has learnt that it was. */
const OF_PERIODS = `
  WITH ${CORRECTED}, asked AS MATERIALIZED (
    SELECT *, ${isStrict('a.limit_id')} AS strict
    FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
      AS a (limit_id, period_start, scope_kind, scope_id, unit, since, until)
  ), waived AS (
    SELECT limit_id, period_start, sum(waived) AS amount FROM metering.ledger_correction
    WHERE waived <> 0 GROUP BY 1, 2
  ), spent AS (
    SELECT a.limit_id, a.period_start, ${spentIn('min(a.unit)', spent(`${COST} + ${keptWhere('a.strict')}`))} AS amount
    FROM metering.usage_record u CROSS JOIN LATERAL (VALUES
      ('provision', u.provision_id), ('workspace', u.workspace_id), ('apiKey', u.api_key_id),
      ('workspaceKey', u.api_key_id), ('integration', u.integration_id), ('organization', u.organization_id)
    ) AS s (scope_kind, scope_id)
    JOIN asked a ON a.scope_kind = s.scope_kind AND a.scope_id = s.scope_id
      AND u.admitted_at >= a.since AND (a.until IS NULL OR u.admitted_at < a.until)
    LEFT JOIN corrected c USING (admitted_on, request_id, attempt)
    WHERE u.admitted_on >= (SELECT min(since)::date - 1 FROM asked)
    GROUP BY 1, 2
  )
  SELECT limit_id, period_start, (s.amount - coalesce(w.amount, 0))::bigint AS recorded
  FROM spent s LEFT JOIN waived w USING (limit_id, period_start)
  WHERE s.amount > coalesce(w.amount, 0)`;

/** A period of a limit, and from when on what was called in it was charged to it. */
interface PeriodOf {
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly unit: Unit;
  readonly row: LedgerRow;
  readonly since: Date;
}

export class PostgresRecordedUsage extends RecordedUsage {
  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
    private readonly inbox: Pick<Inbox, 'catchUp'>,
  ) {
    super();
  }

  areRead(): Promise<boolean> {
    return this.inbox.catchUp(READ_WITHIN_MS);
  }

  async ofLeases(): Promise<ReadonlyMap<JournalId, readonly RecordedLease[]>> {
    const { rows } = await this.pool.query<RecordedLease & { journal_id: JournalId }>(OF_LEASES);
    const leases = new Map<JournalId, RecordedLease[]>();
    for (const { journal_id, ...lease } of rows)
      leases.set(journal_id, [...(leases.get(journal_id) ?? []), lease]);
    return leases;
  }

  async keepOfLost(noticedAt: Date): Promise<void> {
    await this.pool.query(KEEP_OF_LOST, [noticedAt]);
  }

  async ofPeriods(): Promise<readonly RecordedPeriod[]> {
    const periods = await this.periods();
    const { rows } = await this.pool.query<{ limit_id: LimitId; period_start: Date; recorded: bigint }>(
      OF_PERIODS,
      [
        periods.map(({ limitId }) => limitId),
        periods.map(({ row }) => row.start.toISOString()),
        periods.map(({ scope }) => scope.kind),
        periods.map(({ scope }) => scope.id),
        periods.map(({ unit }) => unit),
        periods.map(({ since }) => since.toISOString()),
        periods.map(({ row }) => row.end?.toISOString() ?? null),
      ],
    );
    const scopes = new Map(periods.map(({ limitId, row, scope }) => [keyOfRow(limitId, row.start), scope]));
    return rows.flatMap(({ limit_id: limitId, period_start: periodStart, recorded }) => {
      const scope = scopes.get(keyOfRow(limitId, periodStart));
      return scope ? [{ limitId, scope, periodStart, recorded }] : [];
    });
  }

  private async periods(): Promise<readonly PeriodOf[]> {
    const now = this.clock.now();
    const { rows } = await this.pool.query<LedgerDbRow>(
      'SELECT * FROM metering.ledger ORDER BY limit_id, period_start',
    );
    const known = new Map<LimitId, LedgerRow[]>();
    for (const row of rows.map(fromRowLedger))
      known.set(row.limitId, [...(known.get(row.limitId) ?? []), row]);
    const limits = fromRowsScopes((await this.pool.query<ScopeDbRow>(SCOPES)).rows).flatMap(
      (scope) => scope.limits,
    );
    const inForce = limits.flatMap((limit) => {
      const ofLimit = known.get(limit.limit.id) ?? [];
      return periodsOf(limit, ofLimit, rowInForce(limit, presentRow(ofLimit, now), now));
    });
    const live = new Set(limits.map(({ limit }) => limit.id));
    const gone = [...known.values()].flat().filter(({ limitId }) => !live.has(limitId));
    return [...inForce, ...gone.flatMap(periodOfGone)];
  }
}

/** Nothing was charged to a limit before it was there. */
const periodsOf = (
  { limit: { id: limitId, unit }, scope, createdAt }: LimitInForce,
  known: readonly LedgerRow[],
  present: LedgerRow,
): readonly PeriodOf[] => {
  const others = known.filter(({ start }) => start.getTime() !== present.start.getTime());
  return [...others, present].map((row) => ({
    ...{ limitId, scope, unit, row },
    since: row.start > createdAt ? row.start : createdAt,
  }));
};

/** Of a limit that is not in force any more; of one that was lost as well nothing is known but what finals say. */
const periodOfGone = (row: LedgerRow): readonly PeriodOf[] => {
  const { limitId, scope, unit, start: since, rule } = row;
  return unit === undefined || rule === LOST_RULE ? [] : [{ limitId, scope, unit, row, since }];
};
