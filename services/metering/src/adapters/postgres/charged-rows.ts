import type { LimitId } from '@gatehouse/kernel';
import type { PoolClient } from 'pg';
import type { Waived } from '../../domain/adjustment/adjust-usage';
import type { ChargedRows } from '../../domain/adjustment/rerate-usage';
import type { LeaseStatus } from '../../domain/lease/lease';
import { keyOfRow } from '../../domain/ledger/ledger-row';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { fromRowLedger, type LedgerDbRow } from './ledger.rows';
import { KEY_TEMPLATE } from './limits.projection';

/** Leases that attempts were admitted under, as far as they are kept. */
const LEASES = `
  SELECT a.ordinal, h.number, h.limit_id, h.period_start, h.unit, h.status, h.released
  FROM unnest($1::integer[], $2::text[], $3::bigint[]) AS a (ordinal, journal_id, number)
  JOIN metering.held_lease h USING (journal_id, number)
  UNION ALL
  SELECT a.ordinal, 0, s.limit_id, s.period_start, s.unit, l.status, false
  FROM unnest($4::integer[], $5::text[]) AS a (ordinal, lease_id)
  JOIN metering.lease l USING (lease_id) JOIN metering.lease_limit s USING (lease_id)`;

/** Of limits of those scopes that were there when an attempt was admitted: their periods of then. */
const PERIODS = `
  SELECT DISTINCT a.ordinal, r.limit_id, r.period_start
  FROM unnest($1::integer[], $2::text[], $3::timestamptz[]) AS a (ordinal, scope_id, at)
  JOIN metering_limits.limit_in_force f USING (scope_id) JOIN metering.ledger r USING (limit_id)
  WHERE f.scope_kind <> '${KEY_TEMPLATE}' AND f.unit = 'nanoUsd' AND f.created_at <= a.at
    AND r.period_start <= a.at AND (r.period_end IS NULL OR r.period_end > a.at)`;

const ROWS = `
  SELECT r.*, EXISTS (SELECT FROM metering_limits.limit_in_force f WHERE f.limit_id = r.limit_id AND f.strict) AS strict
  FROM metering.ledger r
  JOIN unnest($1::text[], $2::timestamptz[]) AS named (limit_id, period_start) USING (limit_id, period_start)
  ORDER BY r.limit_id, r.period_start`;

/** Read after the rows are locked: who waits for a lock sees of other tables what they said before. */
const WAIVED = `
  SELECT limit_id, period_start, sum(waived)::bigint AS amount, max(waived_at) AS at FROM metering.ledger_correction
  WHERE waived <> 0 AND (limit_id, period_start) IN (SELECT * FROM unnest($1::text[], $2::timestamptz[])) GROUP BY 1, 2`;

const NEVER_WAIVED: Waived = { amount: 0n, at: undefined };

interface WaivedDbRow {
  limit_id: LimitId;
  period_start: Date;
  amount: bigint;
  at: Date | null;
}

interface PeriodDbRow {
  ordinal: number;
  limit_id: LimitId;
  period_start: Date;
}

interface LeaseDbRow extends PeriodDbRow {
  number: bigint;
  unit: string;
  status: LeaseStatus;
  released: boolean;
}

export interface ChargedTo {
  /** Of each record the keys of its rows; `unsettled` while a lease that it was admitted under is not closed. */
  readonly charged: readonly (readonly string[] | 'unsettled')[];
  readonly rows: ChargedRows;
}

/**
 * The rows of limits in USD that attempts were charged to, locked where that is asked for: by their leases, and where these were
 * forgotten, by the limits that their scopes have and had then. A lease that was released was not closed by what was settled under it: its
 * row stays as it is.
 */
export const chargedRows = async (
  tx: PoolClient,
  records: readonly UsageRecord[],
  lock: boolean,
): Promise<ChargedTo> => {
  const leases = await leasesOf(tx, records);
  const forgetful = records.flatMap((record, index) =>
    isForgotten(record, leases.get(index)) ? [index] : [],
  );
  const periods = await periodsOf(tx, records, forgetful);
  const ofRecords = records.map((_record, index) => {
    const known = leases.get(index) ?? [];
    if (known.some(({ status }) => status !== 'closed')) return 'unsettled';
    const limits = new Set(known.map(({ limit_id }) => limit_id));
    return [
      ...known.filter(({ unit, released }) => unit === 'nanoUsd' && !released),
      ...(periods.get(index) ?? []).filter(({ limit_id }) => !limits.has(limit_id)),
    ];
  });
  const named = ofRecords.flatMap((ofRecord) => (ofRecord === 'unsettled' ? [] : ofRecord));
  const keys = [
    named.map(({ limit_id }) => limit_id),
    named.map(({ period_start }) => period_start.toISOString()),
  ];
  const { rows } = await tx.query<LedgerDbRow & { strict: boolean }>(
    lock ? `${ROWS} FOR NO KEY UPDATE OF r` : ROWS,
    keys,
  );
  const waivers = await tx.query<WaivedDbRow>(WAIVED, keys);
  const waived = new Map(
    waivers.rows.map(({ amount, at, ...row }): [string, Waived] => [
      keyOf(row),
      { amount, at: at ?? undefined },
    ]),
  );
  return {
    charged: ofRecords.map((of) => (of === 'unsettled' ? of : [...new Set(of.map(keyOf))])),
    rows: new Map(
      rows.map(({ strict, ...row }) => [
        keyOf(row),
        { row: fromRowLedger(row), strict, waived: waived.get(keyOf(row)) ?? NEVER_WAIVED },
      ]),
    ),
  };
};

const keyOf = ({
  limit_id,
  period_start,
}: {
  readonly limit_id: string;
  readonly period_start: Date;
}): string => keyOfRow(limit_id as LimitId, period_start);

const byOrdinal = <Row extends PeriodDbRow>(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> => {
  const grouped = new Map<number, Row[]>();
  for (const row of rows) grouped.set(row.ordinal, [...(grouped.get(row.ordinal) ?? []), row]);
  return grouped;
};

const leasesOf = async (
  tx: PoolClient,
  records: readonly UsageRecord[],
): Promise<ReadonlyMap<number, readonly LeaseDbRow[]>> => {
  const held = records.flatMap(({ journalId, leases }, ordinal) =>
    leases.map((number) => ({ ordinal, journalId, number })),
  );
  const before = records.flatMap(({ leaseId }, ordinal) => (leaseId === '' ? [] : [{ ordinal, leaseId }]));
  const { rows } = await tx.query<LeaseDbRow>(LEASES, [
    held.map(({ ordinal }) => ordinal),
    held.map(({ journalId }) => journalId),
    held.map(({ number }) => number),
    before.map(({ ordinal }) => ordinal),
    before.map(({ leaseId }) => leaseId),
  ]);
  return byOrdinal(rows);
};

const isForgotten = ({ leases }: UsageRecord, known: readonly LeaseDbRow[] = []): boolean => {
  const kept = new Set(known.map(({ number }) => number));
  return !leases.every((number) => kept.has(number));
};

const periodsOf = async (
  tx: PoolClient,
  records: readonly UsageRecord[],
  forgetful: readonly number[],
): Promise<ReadonlyMap<number, readonly PeriodDbRow[]>> => {
  const asked = forgetful.flatMap((ordinal) => {
    const record = records[ordinal];
    if (!record) return [];
    const { provisionId, workspaceId, apiKeyId, integrationId, organizationId, admittedAt: at } = record;
    return [provisionId, workspaceId, apiKeyId, integrationId, organizationId].map((scopeId) => ({
      ...{ ordinal, scopeId, at },
    }));
  });
  if (asked.length === 0) return new Map();
  const { rows } = await tx.query<PeriodDbRow>(PERIODS, [
    asked.map(({ ordinal }) => ordinal),
    asked.map(({ scopeId }) => scopeId),
    asked.map(({ at }) => at.toISOString()),
  ]);
  return byOrdinal(rows);
};
