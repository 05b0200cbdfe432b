import type { OrganizationId, ReratingId } from '@gatehouse/kernel';
import { advisoryKey } from '@gatehouse/postgres';
import type { PoolClient } from 'pg';
import type { MovedCounts, RowCorrection } from '../../domain/adjustment/adjust-usage';
import { beginOf, type UsageCount } from '../../domain/usage/usage-rollup';
import type { UsageRecord } from '../../domain/usage/usage-record';

const CORRECT = `
  INSERT INTO metering.usage_correction (organization_id, corrected_at, rerating_id, request_id, admitted_on, usage_request_id,
    attempt, before_nano_usd, amount_nano_usd)
  SELECT $1, $2, $3, * FROM unnest($4::text[], $5::date[], $6::text[], $7::integer[], $8::bigint[], $9::bigint[])`;

const CORRECT_ROWS = `
  INSERT INTO metering.ledger_correction (organization_id, request_id, rerating_id, waived_at, limit_id, period_start, spent, doubt,
    waived)
  SELECT $1, $2, $3, $4, * FROM unnest($5::text[], $6::timestamptz[], $7::bigint[], $8::bigint[], $9::bigint[])`;

/** Of what attempts of an organization cost: whoever corrects one shares it, and who corrects many has it alone. */
export const correctionsLock = (organizationId: string): bigint =>
  advisoryKey(JSON.stringify(['corrections', organizationId]));

/** What an attempt cost by what was learnt later. */
export interface Correction {
  /** Of its command, or of the attempt in its rerating. */
  readonly requestId: string;
  readonly day: string;
  readonly usageRequestId: string;
  readonly attempt: number;
  readonly before: bigint | undefined;
  readonly amount: bigint;
}

export const insertCorrections = async (
  tx: PoolClient,
  of: { readonly organizationId: OrganizationId; readonly at: Date; readonly reratingId?: ReratingId },
  corrections: readonly Correction[],
): Promise<void> => {
  await tx.query(CORRECT, [
    ...[of.organizationId, of.at, of.reratingId ?? null],
    corrections.map(({ requestId }) => requestId),
    corrections.map(({ day }) => day),
    corrections.map(({ usageRequestId }) => usageRequestId),
    corrections.map(({ attempt }) => attempt),
    corrections.map(({ before }) => before ?? null),
    corrections.map(({ amount }) => amount),
  ]);
};

export const correctRows = async (
  tx: PoolClient,
  of: {
    readonly organizationId: OrganizationId;
    readonly requestId: string;
    readonly reratingId?: ReratingId;
    /** Of a waiver. */
    readonly waivedAt?: Date;
  },
  limits: readonly RowCorrection[],
): Promise<void> => {
  await tx.query(CORRECT_ROWS, [
    ...[of.organizationId, of.requestId, of.reratingId ?? null, of.waivedAt ?? null],
    limits.map(({ limitId }) => limitId),
    limits.map(({ periodStart }) => periodStart.toISOString()),
    limits.map(({ spent }) => spent),
    limits.map(({ doubt }) => doubt),
    limits.map(({ waived }) => waived),
  ]);
};

/** What corrections add to the counters of the series that their records count in, in order of series and time. */
export const correctedCounts = (
  corrected: readonly {
    readonly record: Pick<UsageRecord, 'admittedAt'>;
    /** Of series. */
    readonly ids: readonly number[];
    readonly counted: MovedCounts;
  }[],
): readonly UsageCount[] => {
  const counts = new Map<string, UsageCount>();
  for (const { record, ids, counted } of corrected) {
    const begins = beginOf(record.admittedAt.getTime(), 'minute');
    for (const seriesId of ids) {
      const key = `${seriesId} ${begins}`;
      const count = counts.get(key) ?? { ...NOTHING_COUNTED, seriesId, begins };
      count.amount += counted.amount;
      count.doubt += counted.doubt;
      count.unknownRequests += counted.unknownRequests;
      counts.set(key, count);
    }
  }
  return [...counts.values()].sort((a, b) => a.seriesId - b.seriesId || a.begins - b.begins);
};

const NOTHING_COUNTED = {
  ...{ requests: 0n, inputTokens: 0n, outputTokens: 0n, amount: 0n, doubt: 0n, unknownRequests: 0n },
  ...{ firstByte: undefined, total: undefined },
};
