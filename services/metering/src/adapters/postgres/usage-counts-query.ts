import type { PgPool } from '@gatehouse/platform';
import type { PoolClient } from 'pg';
import { BUCKETS, LATENCY_BOUNDS_MS } from '../../domain/usage/latency';
import { beginOf, byInterval, byMargin, COUNTED, HISTOGRAMS } from './usage-counters';

/** As much as nothing. */
export const NO_LATENCIES = `'{${new Array(BUCKETS).fill(0).join()}}'::integer[]`;
const BOUNDS = `'{${LATENCY_BOUNDS_MS.join()}}'::integer[]`;

/** The bucket of a latency, as `bucketOf` has it: how many bounds it is above. */
const bucketOf = (column: string): string => `width_bucket(r.${column} - 1, ${BOUNDS}) AS ${column}_bucket`;

const histogramOf = (column: string): string => {
  const buckets = Array.from(
    { length: BUCKETS },
    (_, bucket) => `count(*) FILTER (WHERE ${column}_bucket = ${bucket})`,
  );
  return `CASE WHEN count(${column}_bucket) > 0 THEN ARRAY[${buckets.join()}]::integer[] END`;
};

const OF_RECORDS = `count(*) AS requests, coalesce(sum(input_tokens), 0) AS input_tokens,
    coalesce(sum(output_tokens), 0) AS output_tokens, coalesce(sum(amount), 0) AS amount_nano_usd,
    sum(doubt) AS doubt_nano_usd,
    count(*) FILTER (WHERE input_tokens IS NULL OR output_tokens IS NULL OR amount IS NULL) AS unknown_requests,
    ${histogramOf('first_byte_ms')} AS first_byte, ${histogramOf('total_ms')} AS total`;

/**
 * Records of a day, with what was learnt later of what they cost. For OFFSET they are read by themselves: else in the order of what they are
 * joined with, each page as often as it has records.
 */
const CORRECTED = `(SELECT * FROM metering.usage_record WHERE admitted_on = $1 OFFSET 0) AS r LEFT JOIN (
      SELECT DISTINCT ON (usage_request_id, attempt) organization_id, usage_request_id, attempt, amount_nano_usd
      FROM metering.usage_correction WHERE admitted_on = $1 ORDER BY usage_request_id, attempt, ordinal DESC
    ) AS c ON c.organization_id = r.organization_id AND c.usage_request_id = r.request_id AND c.attempt = r.attempt`;

/** What is counted of a record, said here so that each is found once, where a bucket would be for each count that asks for it. */
const TO_COUNT = `${beginOf('minute', 'r.admitted_at')} AS begins, r.input_tokens, r.output_tokens,
      coalesce(c.amount_nano_usd, r.amount_nano_usd) AS amount,
      CASE WHEN c.amount_nano_usd IS NULL THEN r.doubt_nano_usd ELSE 0 END AS doubt,
      ${bucketOf('first_byte_ms')}, ${bucketOf('total_ms')}`;

const ofLabel = (s: string): string => `${s}.label_key = m.key
    AND ${s}.organization_id = r.organization_id AND ${s}.workspace_id = r.workspace_id AND ${s}.api_key_id = ''
    AND ${s}.provision_id = '' AND ${s}.model = '' AND ${s}.integration_id = '' AND ${s}.provider = ''
    AND ${s}.outcome = ''`;

/**
 * By the series of each record, null where there is none, and by those of its metadata: a value beyond the bound counts as
 * the empty one, a key beyond it is not counted (`UsageSeriesIds`), and neither has a series of its own.
 */
const RECORDED = `
  SELECT series_id, begins, ${OF_RECORDS}
  FROM (
    SELECT s.series_id, ${TO_COUNT}
    FROM ${CORRECTED} LEFT JOIN metering.usage_series s ON s.label_key = '' AND s.label_value = ''
      AND s.organization_id = r.organization_id AND s.workspace_id = r.workspace_id AND s.api_key_id = r.api_key_id
      AND s.provision_id = r.provision_id AND s.model = r.model AND s.integration_id = r.integration_id
      AND s.provider = r.provider AND s.outcome = r.outcome
    UNION ALL
    SELECT coalesce(own.series_id, others.series_id), ${TO_COUNT}
    FROM ${CORRECTED} CROSS JOIN LATERAL jsonb_each_text(r.metadata) AS m
    LEFT JOIN metering.usage_series own ON own.label_value = m.value AND ${ofLabel('own')}
    LEFT JOIN metering.usage_series others ON others.label_value = '' AND ${ofLabel('others')}
    WHERE coalesce(own.series_id, others.series_id) IS NOT NULL
  ) AS counted
  GROUP BY 1, 2`;

const OF_DAY = `begins >= $1::date::timestamp AT TIME ZONE 'UTC' AND begins < ($1::date + 1)::timestamp AT TIME ZONE 'UTC'`;

/** The tables of counters, `metering.usage_…`, each after what it is made of. */
export const COUNTERS = ['minute', 'hour', 'day', 'margin_hour', 'margin_day'] as const;
export type Counters = (typeof COUNTERS)[number];

/** To be read from, or deleted from. */
export const ofDay = (counters: Counters | 'recent'): string => `metering.usage_${counters} WHERE ${OF_DAY}`;

const countsOfDay = (counters: Counters | 'recent'): string => `SELECT * FROM ${ofDay(counters)}`;

const MADE_OF: Readonly<Record<Counters, string>> = {
  minute: RECORDED,
  hour: byInterval('hour', countsOfDay('minute')),
  day: byInterval('day', countsOfDay('hour')),
  margin_hour: byMargin(countsOfDay('hour')),
  margin_day: byInterval('day', countsOfDay('margin_hour')),
};

/** What was counted lately is in no table but its own, and what minutes are without. */
const keptIn = (counters: Counters): string =>
  counters === 'minute'
    ? byInterval('minute', `${countsOfDay('minute')} UNION ALL ${countsOfDay('recent')}`)
    : countsOfDay(counters);

const valueIn = (table: string, column: string): string =>
  `coalesce(${table}.${column}, ${HISTOGRAMS.includes(column) ? NO_LATENCIES : '0'})`;

/**
 * CTE `differing` of a day ($1): the counters of a table that are not what they are made of, with each figure as it is kept
 * and as it is found. In one statement, so that both are of one moment: a record moves its counters in its transaction.
 */
export const differingCounts = (counters: Counters): string => `
  differing AS (
    SELECT coalesce(c.series_id, f.series_id) AS series_id, coalesce(c.begins, f.begins) AS begins,
      ${COUNTED.map((column) => `${valueIn('c', column)} AS kept_${column}, ${valueIn('f', column)} AS found_${column}`).join()}
    FROM (${keptIn(counters)}) AS c
    FULL JOIN (${MADE_OF[counters]}) AS f ON f.series_id = c.series_id AND f.begins = c.begins
    WHERE (${COUNTED.map((column) => valueIn('c', column)).join()})
      IS DISTINCT FROM (${COUNTED.map((column) => valueIn('f', column)).join()})
  )`;

/**
 * For a day is sorted in memory, or on a disk for several times as long; it is joined as a whole, whatever the planner takes for few, which knows
 * neither how many series a day has nor that texts and times of a counter go together; and its pages are gathered first, and read as they lie: the
 * planner does not know either that a day lies together, and would read the month.
 */
const IN_BULK = `
  SET LOCAL work_mem = '128MB'; SET LOCAL enable_hashagg = off; SET LOCAL enable_nestloop = off;
  SET LOCAL random_page_cost = 4; SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off`;

/** A transaction for statements that read a day's records, or its counters. */
export const inBulk = <T>(pool: PgPool, work: (tx: PoolClient) => Promise<T>): Promise<T> =>
  pool.inTransaction(async (tx) => {
    await tx.query(IN_BULK);
    return work(tx);
  });
