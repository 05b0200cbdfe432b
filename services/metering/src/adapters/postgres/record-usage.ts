import type { Tx } from '@gatehouse/projections';
import type { UsageMonths } from '../../app/usage/usage.ports';
import {
  countedByMinute,
  type Counted,
  seriesOf,
  type UsageCount,
  type UsageSeries,
} from '../../domain/usage/usage-rollup';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { ADDED, COUNTER_COLUMNS } from './usage-counters';
import type { UsageSeriesIds } from './usage-series-ids';
import { INSERT_USAGE, toRowKey, toRowsUsage, type UsageRowKey } from './usage.rows';

/** A record that is there already is left as it is. */
const RECORD = {
  name: 'usage-record',
  text: `${INSERT_USAGE} ON CONFLICT DO NOTHING RETURNING admitted_on, request_id, attempt`,
};

/** Counters are taken in order of their keys. */
const COUNT = {
  name: 'usage-recent',
  text: `
    INSERT INTO metering.usage_recent AS c (${COUNTER_COLUMNS})
    SELECT series_id, to_timestamp(begins), requests, input_tokens, output_tokens, amount, doubt, unknown,
      first_byte::integer[], total::integer[]
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::numeric[], $5::numeric[], $6::numeric[],
        $7::numeric[], $8::bigint[], $9::text[], $10::text[])
      AS u (series_id, begins, requests, input_tokens, output_tokens, amount, doubt, unknown, first_byte, total)
    ${ADDED}`,
};

export interface UsageAccountBooks {
  readonly months: UsageMonths;
  readonly series: UsageSeriesIds;
}

/**
 * Writes records and moves the counters, each record once: the counters move by the records that were really inserted, so
 * that they are their sums whatever comes twice.
 */
export const recordUsage = async (
  tx: Tx,
  { months, series }: UsageAccountBooks,
  records: readonly UsageRecord[],
): Promise<void> => {
  if (records.length === 0) return;
  await months.ready(records.map(({ admittedAt }) => admittedAt));
  const inserted = await insert(tx, records).catch((error: unknown) => {
    months.doubted();
    throw error;
  });
  if (inserted.length === 0) return;
  await moveCounters(tx, countedByMinute(await countedIn(series, inserted)));
};

/**
 * Adds what is counted by minute to the counters: to what was counted lately, which is all that others wait for. Those of hours, days and
 * margins have it once that is rolled up.
 */
export const moveCounters = async (tx: Tx, counts: readonly UsageCount[]): Promise<void> => {
  // Arrays as Postgres writes them: digits need no escaping, which the driver looks for in every one.
  const column = (value: (count: UsageCount) => number | bigint | string): string =>
    `{${counts.map(value).join(',')}}`;
  const values = [
    column(({ seriesId }) => seriesId),
    column(({ begins }) => begins / 1_000),
    column(({ requests }) => requests),
    column(({ inputTokens }) => inputTokens),
    column(({ outputTokens }) => outputTokens),
    column(({ amount }) => amount),
    column(({ doubt }) => doubt),
    column(({ unknownRequests }) => unknownRequests),
    column(({ firstByte }) => arrayText(firstByte)),
    column(({ total }) => arrayText(total)),
  ];
  await tx.query({ ...COUNT, values });
};

/** Of two that tell the same attempt, the first is the one that stands. */
const insert = async (tx: Tx, records: readonly UsageRecord[]): Promise<readonly UsageRecord[]> => {
  const { rows: inserted } = await tx.query<UsageRowKey>({ ...RECORD, values: [...toRowsUsage(records)] });
  if (inserted.length === records.length) return records;
  const keys = new Set(inserted.map(keyOf));
  // Each is taken out as it is found.
  return records.filter((record) => keys.delete(keyOf(toRowKey(record))));
};

const keyOf = ({ admitted_on, request_id, attempt }: UsageRowKey): string =>
  `${admitted_on} ${attempt} ${request_id}`;

const countedIn = async (
  ids: UsageSeriesIds,
  records: readonly UsageRecord[],
): Promise<readonly Counted[]> => {
  const series: UsageSeries[] = [];
  const recordOf: UsageRecord[] = [];
  for (const record of records) {
    for (const one of seriesOf(record)) {
      series.push(one);
      recordOf.push(record);
    }
  }
  const calls: Counted[] = [];
  for (const [index, seriesId] of (await ids.of(series)).entries()) {
    const record = recordOf[index];
    if (seriesId !== undefined && record) calls.push({ seriesId, record });
  }
  return calls;
};

const arrayText = (counts: readonly number[] | undefined): string =>
  counts ? `"{${counts.join(',')}}"` : 'NULL';
