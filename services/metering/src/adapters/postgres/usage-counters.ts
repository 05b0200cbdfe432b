import type { UsageGrain } from '../../domain/usage/usage-rollup';
import { summedCounts } from './summed-counts';
import { marginRows, SERIES_COLUMN_NAMES } from './usage-series-columns';

export const SUMS = [
  'requests',
  'input_tokens',
  'output_tokens',
  'amount_nano_usd',
  'doubt_nano_usd',
  'unknown_requests',
];
export const HISTOGRAMS = ['first_byte', 'total'];
/** What is counted. */
export const COUNTED = [...SUMS, ...HISTOGRAMS];

/** Of any table of counters, `metering.usage_…`, in their order. */
export const COUNTER_COLUMNS = ['series_id', 'begins', ...COUNTED].join();

/** The end of an insert into a table of counters, `AS c`: what is inserted is added to what is there. */
export const ADDED = `ON CONFLICT (series_id, begins) DO UPDATE SET ${[
  ...SUMS.map((column) => `${column} = c.${column} + excluded.${column}`),
  ...HISTOGRAMS.map((column) => `${column} = metering.add_counts(c.${column}, excluded.${column})`),
].join()}`;

/** When the interval of a grain begins that a time is in. UTC. */
export const beginOf = (grain: UsageGrain, time = 'begins'): string =>
  `date_trunc('${grain}', ${time}, 'UTC')`;

const sumsOf = (counts: string): string =>
  [
    ...SUMS.map((column) => `sum(${counts}.${column}) AS ${column}`),
    ...HISTOGRAMS.map((column) => `(${summedCounts(`${counts}.${column}`)})::integer[] AS ${column}`),
  ].join();

/** A query of counters of finer intervals as those of a grain, by series. */
export const byInterval = (grain: UsageGrain, finer: string): string =>
  `SELECT series_id, ${beginOf(grain)} AS begins, ${sumsOf('c')} FROM (${finer}) AS c GROUP BY 1, 2`;

/**
 * A query of counters of hours as those of the margins of their series, null where a margin has none. All columns of the series' index are named: each is
 * looked up, by the thousand.
 */
export const byMargin = (hours: string): string => `
  SELECT m.series_id, c.begins, ${sumsOf('c')}
  FROM (${hours}) AS c JOIN metering.usage_series s USING (series_id)
  CROSS JOIN LATERAL (VALUES ${marginRows('s')}) AS margin (${SERIES_COLUMN_NAMES.join()})
  LEFT JOIN metering.usage_series m ON m.label_key = '' AND m.label_value = '' AND m.organization_id = s.organization_id
    AND (${SERIES_COLUMN_NAMES.map((name) => `m.${name}`).join()}) = (${SERIES_COLUMN_NAMES.map((name) => `margin.${name}`).join()})
  WHERE s.label_key = '' GROUP BY 1, 2`;
