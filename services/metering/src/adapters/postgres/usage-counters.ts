import type { UsageGrain } from '../../domain/usage/usage-rollup';
import { summedCounts } from './summed-counts';

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

/** Of several rows of counters, those of a table's alias where they are one of several tables. */
export const sumsOfCounts = (alias = ''): string =>
  [
    ...SUMS.map((column) => `sum(${alias}${column}) AS ${column}`),
    ...HISTOGRAMS.map((column) => `(${summedCounts(alias + column)})::integer[] AS ${column}`),
  ].join();

/** When the interval of a grain begins that a time is in. UTC. */
export const beginOf = (grain: UsageGrain, time = 'begins'): string =>
  `date_trunc('${grain}', ${time}, 'UTC')`;
