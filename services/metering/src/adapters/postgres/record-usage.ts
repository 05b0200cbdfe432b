import type { Tx } from '@gatehouse/projections';
import type { UsageMonths } from '../../app/usage/usage.ports';
import {
  countedBy,
  countedByMinute,
  countedInMargins,
  type Counted,
  seriesOf,
  type UsageCount,
  type UsageSeries,
} from '../../domain/usage/usage-rollup';
import type { UsageRecord } from '../../domain/usage/usage-record';
import type { KnownSeries, UsageSeriesIds } from './usage-series-ids';
import { INSERT_USAGE, toRowKey, toRowsUsage, type UsageRowKey } from './usage.rows';

/** A record that is there already is left as it is. */
const RECORD = {
  name: 'usage-record',
  text: `${INSERT_USAGE} ON CONFLICT DO NOTHING RETURNING admitted_on, request_id, attempt`,
};

/** Counters are taken in order of their keys. */
const countIn = (table: string) => ({
  name: table,
  text: `
    INSERT INTO metering.${table} AS c (series_id, begins, requests, input_tokens, output_tokens, amount_nano_usd,
      doubt_nano_usd, unknown_requests, first_byte, total)
    SELECT series_id, to_timestamp(begins), requests, input_tokens, output_tokens, amount, doubt, unknown,
      first_byte::integer[], total::integer[]
    FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::numeric[], $5::numeric[], $6::numeric[],
        $7::numeric[], $8::bigint[], $9::text[], $10::text[])
      AS u (series_id, begins, requests, input_tokens, output_tokens, amount, doubt, unknown, first_byte, total)
    ON CONFLICT (series_id, begins) DO UPDATE SET
      requests = c.requests + excluded.requests,
      input_tokens = c.input_tokens + excluded.input_tokens,
      output_tokens = c.output_tokens + excluded.output_tokens,
      amount_nano_usd = c.amount_nano_usd + excluded.amount_nano_usd,
      doubt_nano_usd = c.doubt_nano_usd + excluded.doubt_nano_usd,
      unknown_requests = c.unknown_requests + excluded.unknown_requests,
      first_byte = metering.add_counts(c.first_byte, excluded.first_byte),
      total = metering.add_counts(c.total, excluded.total)`,
});

const COUNT = {
  minute: countIn('usage_minute'),
  hour: countIn('usage_hour'),
  day: countIn('usage_day'),
  marginHour: countIn('usage_margin_hour'),
  marginDay: countIn('usage_margin_day'),
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
  const { calls, known } = await countedIn(series, inserted);
  await moveCounters(tx, countedByMinute(calls), known);
};

/** Adds what is counted by minute to the counters of all grains, and to the margins of the series. */
export const moveCounters = async (
  tx: Tx,
  minutes: readonly UsageCount[],
  series: readonly KnownSeries[],
): Promise<void> => {
  const marginIds = new Map(series.map((known) => [known.seriesId, known.marginIds]));
  const hours = countedBy('hour', minutes);
  await addCounts(tx, 'minute', minutes);
  await addCounts(tx, 'hour', hours);
  await addCounts(tx, 'day', countedBy('day', hours));
  // Last, for they are what others wait for: nearly everybody's calls are counted in the same few.
  const margins = countedInMargins('hour', hours, (seriesId) => marginIds.get(seriesId) ?? []);
  await addCounts(tx, 'marginHour', margins);
  await addCounts(tx, 'marginDay', countedBy('day', margins));
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
): Promise<{ readonly calls: readonly Counted[]; readonly known: readonly KnownSeries[] }> => {
  const series: UsageSeries[] = [];
  const recordOf: UsageRecord[] = [];
  for (const record of records) {
    for (const one of seriesOf(record)) {
      series.push(one);
      recordOf.push(record);
    }
  }
  const calls: Counted[] = [];
  const known: KnownSeries[] = [];
  for (const [index, one] of (await ids.of(series)).entries()) {
    const record = recordOf[index];
    if (!one || !record) continue;
    calls.push({ seriesId: one.seriesId, record });
    known.push(one);
  }
  return { calls, known };
};

const addCounts = async (tx: Tx, where: keyof typeof COUNT, counts: readonly UsageCount[]): Promise<void> => {
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
  await tx.query({ ...COUNT[where], values });
};

const arrayText = (counts: readonly number[] | undefined): string =>
  counts ? `"{${counts.join(',')}}"` : 'NULL';
