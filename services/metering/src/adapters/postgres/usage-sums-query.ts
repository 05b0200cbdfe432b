import type { SumsFilter, SumsShape } from '../../app/usage/usage.ports';
import type { UsageDimension, UsageSums } from '../../domain/usage/usage-record';
import { MARGINS, type SeriesDimension, type UsageGrain } from '../../domain/usage/usage-rollup';
import { spansOf, type UsageSpan } from '../../domain/usage/usage-window';
import { summedCounts } from './summed-counts';
import { beginOf, SUMS } from './usage-counters';
import { SERIES_COLUMNS } from './usage-series-columns';

const COLUMNS: Readonly<Record<Exclude<UsageDimension, 'day'>, string>> = {
  ...SERIES_COLUMNS,
  label: 'label_value',
};

/** Sums do not fit a bigint as surely as what they sum: they come as text. */
export interface SumsDbRow extends Partial<Record<string, unknown>> {
  readonly begins: Date | null;
  readonly requests: string;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly amount_nano_usd: string;
  readonly doubt_nano_usd: string;
  readonly unknown_requests: string;
  readonly first_byte: readonly bigint[] | null;
  readonly total: readonly bigint[] | null;
}

/**
 * Sums of counters. Each series is summed by itself first: it is told apart by a number, where the dimensions are texts.
 */
export const sumsQuery = (
  filter: SumsFilter,
  shape: SumsShape,
): { readonly text: string; readonly values: unknown[] } => {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const { by, every, latency, rowsMax } = shape;
  const grain = every ?? 'day';
  const interval = every !== undefined || by.includes('day');
  const begins = interval ? `, ${beginOf(grain)} AS begins` : '';
  const sums = SUMS.map((name) => `sum(${name}) AS ${name}`);
  const latencies = ['first_byte', 'total'].map((name) => `${summedCounts(name)} AS ${name}`);
  const columns = [
    ...(every === undefined ? [] : ['begins']),
    ...by.map((dimension) => (dimension === 'day' ? 'begins' : COLUMNS[dimension])),
  ];
  const grouped = columns.length > 0 ? `GROUP BY ${columns.join(', ')} ORDER BY ${columns.join(', ')}` : '';
  const text = `
    SELECT ${[
      ...columns,
      ...SUMS.map((name) => `coalesce(sum(${name}), 0)::text AS ${name}`),
      ...(latency ? latencies : ['NULL AS first_byte', 'NULL AS total']),
    ].join(', ')}
    FROM metering.usage_series JOIN (
      SELECT series_id${begins}, ${[...sums, ...(latency ? latencies : [])].join(', ')}
      FROM (${countsOf(filter, marginFor(filter, by), grain, value)}) AS counts
      GROUP BY series_id${interval ? ', 2' : ''}
    ) AS summed USING (series_id)
    ${grouped} LIMIT ${value(rowsMax + 1)}`;
  return { text, values };
};

const FILTERS: Readonly<Partial<Record<keyof SumsFilter, SeriesDimension>>> = {
  workspaceId: 'workspace',
  integrationId: 'integration',
  provisionIds: 'provision',
  workspaceIds: 'workspace',
  models: 'model',
  apiKeyId: 'apiKey',
  provider: 'provider',
  model: 'model',
  outcome: 'outcome',
};

/** The fewest sums in which all is told apart that is asked for; undefined where only series tell it. */
export const marginFor = (
  filter: SumsFilter,
  by: readonly UsageDimension[],
): readonly SeriesDimension[] | undefined => {
  if (filter.label) return undefined;
  const asked = new Set<UsageDimension>(by);
  asked.delete('day');
  for (const name of Object.keys(filter) as (keyof SumsFilter)[]) {
    const dimension = FILTERS[name];
    if (dimension && filter[name] !== undefined) asked.add(dimension);
  }
  return MARGINS.find((margin) =>
    [...asked].every((one) => (margin as readonly UsageDimension[]).includes(one)),
  );
};

/** Those that every call has: series are told from sums, and these from each other, by which of them are empty. */
const ALWAYS: readonly SeriesDimension[] = ['workspace', 'provision', 'apiKey', 'model'];

const toldApartBy = (dimensions: readonly SeriesDimension[]): string =>
  ALWAYS.map((one) => `${SERIES_COLUMNS[one]} ${dimensions.includes(one) ? '<>' : '='} ''`).join(' AND ');

const kindOf = (filter: SumsFilter, margin: readonly SeriesDimension[] | undefined): string =>
  filter.label ? 'true' : toldApartBy(margin ?? ALWAYS);

/** A row more than so many where there are. */
export const seriesQuery = (
  filter: SumsFilter,
  margin: readonly SeriesDimension[] | undefined,
  most: number,
): { readonly text: string; readonly values: unknown[] } => {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  return { text: `${seriesIdsOf(filter, margin, value)} LIMIT ${value(most + 1)}`, values };
};

/** Minutes are counted by series alone, and so is what was counted lately: it is in no other table yet. */
const countsOf = (
  filter: SumsFilter,
  margin: readonly SeriesDimension[] | undefined,
  grain: UsageGrain,
  value: (given: unknown) => string,
): string => {
  const within = (
    table: string,
    of: readonly SeriesDimension[] | undefined,
    span: Omit<UsageSpan, 'grain'>,
  ) => {
    const conditions = [
      `series_id IN (${seriesIdsOf(filter, of, value)})`,
      ...(span.from === undefined ? [] : [`begins >= ${value(new Date(span.from))}::timestamptz`]),
      ...(span.until === undefined ? [] : [`begins < ${value(new Date(span.until))}::timestamptz`]),
    ];
    return `SELECT * FROM metering.usage_${table} WHERE ${conditions.join(' AND ')}`;
  };
  const [from, until] = [filter.from?.getTime(), filter.until?.getTime()];
  const spans = spansOf(from, until, grain).map((span) => {
    const inMargin = margin !== undefined && span.grain !== 'minute';
    return within(inMargin ? `margin_${span.grain}` : span.grain, inMargin ? margin : undefined, span);
  });
  return [...spans, within('recent', undefined, { from, until })].join(' UNION ALL ');
};

/** Of the series that a filter's calls count in, or where there is one those of a margin. */
export const seriesIdsOf = (
  filter: SumsFilter,
  margin: readonly SeriesDimension[] | undefined,
  value: (given: unknown) => string,
): string =>
  `SELECT series_id FROM metering.usage_series WHERE ${seriesOf(filter, value)} AND ${kindOf(filter, margin)}`;

const seriesOf = (filter: SumsFilter, value: (given: unknown) => string): string => {
  const { organizationId, label, provisionIds, workspaceIds, models } = filter;
  const same: readonly (readonly [string, string | undefined])[] = [
    ['organization_id', organizationId],
    ['label_key', label?.key ?? ''],
    ['label_value', label?.value],
    ['workspace_id', filter.workspaceId],
    ['integration_id', filter.integrationId],
    ['api_key_id', filter.apiKeyId],
    ['provider', filter.provider],
    ['model', filter.model],
    ['outcome', filter.outcome],
  ];
  const conditions = same.flatMap(([column, given]) =>
    given === undefined ? [] : [`${column} = ${value(given)}::text`],
  );
  const among: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['provision_id', provisionIds],
    ['workspace_id', workspaceIds],
    ['model', models],
  ];
  for (const [column, given] of among)
    if (given) conditions.push(`${column} = ANY (${value(given)}::text[])`);
  return conditions.join(' AND ');
};

export const fromRowSums = (row: SumsDbRow, { by, every }: SumsShape): UsageSums => ({
  by: Object.fromEntries(by.map((dimension) => [dimension, named(row, dimension)])),
  ...(every !== undefined && row.begins && { begins: row.begins }),
  requests: BigInt(row.requests),
  inputTokens: BigInt(row.input_tokens),
  outputTokens: BigInt(row.output_tokens),
  amount: BigInt(row.amount_nano_usd),
  doubt: BigInt(row.doubt_nano_usd),
  unknownRequests: BigInt(row.unknown_requests),
  ...(row.first_byte && { firstByte: row.first_byte.map(Number) }),
  ...(row.total && { total: row.total.map(Number) }),
});

const named = (row: SumsDbRow, dimension: UsageDimension): string =>
  dimension === 'day' ? (row.begins?.toISOString().slice(0, 10) ?? '') : String(row[COLUMNS[dimension]]);
