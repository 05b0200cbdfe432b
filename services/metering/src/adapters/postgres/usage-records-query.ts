import type { PageRequest } from '@gatehouse/kernel';
import type { RecordFilter, SumsFilter, UsageCursor } from '../../app/usage/usage.ports';
import { GRAIN_MS, type UsageGrain } from '../../domain/usage/usage-rollup';
import { beginOf } from './usage-counters';
import { seriesIdsOf } from './usage-sums-query';

type Column = Exclude<keyof RecordFilter, 'organizationId' | 'from' | 'to'>;

/** Those by which records are found: each has an index. */
const COLUMNS: Readonly<Record<Column, string>> = {
  workspaceId: 'workspace_id',
  integrationId: 'integration_id',
  provisionId: 'provision_id',
  apiKeyId: 'api_key_id',
  provider: 'provider',
  model: 'model',
  user: 'client_user',
  traceId: 'trace_id',
  outcome: 'outcome',
  status: 'status',
};

/** Nearly every record has these: the index is of the others. */
const USUAL: Partial<Readonly<Record<Column, string | number>>> = { outcome: 'completed', status: 200 };

/** Null where there are none. JSON's numbers are too small for amounts. */
const CORRECTIONS = `(
        SELECT json_agg(json_build_object('requestId', c.request_id, 'correctedAt', c.corrected_at,
          'before', c.before_nano_usd::text, 'amount', c.amount_nano_usd::text, 'reratingId', c.rerating_id) ORDER BY c.ordinal)
        FROM metering.usage_correction c
        WHERE c.admitted_on = u.admitted_on AND c.usage_request_id = u.request_id AND c.attempt = u.attempt
          AND c.organization_id = u.organization_id)`;

/**
 * Said in the transaction of a page, before its query: it is to be read in the order of one index, and what else is looked for
 * compared as it comes. For two filters the planner would gather all that either index finds in the whole of the time, a thousand times
 * a page: it takes what many records have in common for rare, since hashes and texts both say it. For the same reason it would sort all that one
 * index finds, where it is in order but for the records of a millisecond.
 */
export const IN_ORDER = 'SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off';

/**
 * A page of records, newest first, with what was learnt of them later. The indexes are of hashes and times (see the migration): each text that is looked for is
 * named twice, for the index and for itself. Only who looks for nothing of the kind is sent through all of an organization's
 * records: the planner would try them first wherever it takes what is looked for to be common.
 */
export const recordsQuery = (filter: RecordFilter, page: PageRequest<UsageCursor>): Query => {
  const values: unknown[] = [filter.organizationId];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const conditions = conditionsOf(filter, page, value).join(' AND ');
  return { text: pageOf(newest(conditions, value(page.size))), values };
};

/** Counters of series that tell when records were admitted which a filter finds. */
export interface Meetings {
  readonly seriesIds: readonly number[];
  /** Of margins, which no minutes have. */
  readonly inMargins: boolean;
  /** What tells the series of what was counted lately, which has no margins. */
  readonly of: SumsFilter;
}

/**
 * The same, of two filters and more: what each finds may be common, and what all of them find rare, so that none of their indexes alone
 * leads to a page. Counters know when there was any: each interval that is read has a record of the page, however far they are apart. In
 * one statement, so that counters and records are of one moment.
 */
export const meetingRecordsQuery = (
  filter: RecordFilter,
  page: PageRequest<UsageCursor>,
  meetings: Meetings,
): Query => {
  const values: unknown[] = [filter.organizationId];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const conditions = conditionsOf(filter, page, value);
  const grains: readonly UsageGrain[] = meetings.inMargins ? ['day', 'hour'] : ['day', 'hour', 'minute'];
  const finest = grains.at(-1) ?? 'day';
  const { from } = filter;
  const bounds = {
    series: value(meetings.seriesIds),
    until: value(untilOf(filter, page)?.toISOString() ?? 'infinity'),
    size: value(page.size),
  };
  const since = from === undefined ? `'-infinity'::timestamptz` : `${value(from)}::timestamptz`;
  const met = grains.map((grain, index) => {
    const coarser = grains[index - 1];
    const begin =
      coarser === undefined
        ? beginOf(grain, since)
        : `greatest(${beginOf(grain, since)}, (SELECT min(begins) FROM met_${coarser}))`;
    const table = `metering.usage_${meetings.inMargins ? 'margin_' : ''}${grain}`;
    return `met_${grain} AS MATERIALIZED (${metIn(table, grain, { ...bounds, begin })})`;
  });
  const inInterval = [
    ...conditions,
    'admitted_at >= met.begins',
    `admitted_at < met.begins + ${lengthOf(finest)}`,
    `admitted_on = (met.begins AT TIME ZONE 'UTC')::date`,
  ].join(' AND ');
  const lately = `lately AS MATERIALIZED (
    SELECT begins, requests FROM metering.usage_recent WHERE series_id IN (${seriesIdsOf(meetings.of, undefined, value)}))`;
  const found = `SELECT found.* FROM met_${finest} AS met CROSS JOIN LATERAL (${newest(inInterval, bounds.size)}) AS found`;
  return {
    text: `WITH ${[lately, ...met].join(', ')} ${pageOf(`${found} ${ORDER} LIMIT ${bounds.size}`)}`,
    values,
  };
};

/** A day of a time zone may be longer. */
const lengthOf = (grain: UsageGrain): string => `interval '${GRAIN_MS[grain] / 1_000} seconds'`;

/**
 * The newest intervals in which series have counts, rolled up or not, as many as have a page of them. Of the one that the page begins in nobody knows how
 * many of its counts are behind it.
 */
const metIn = (
  table: string,
  grain: UsageGrain,
  { series, until, size, begin }: Readonly<Record<'series' | 'until' | 'size' | 'begin', string>>,
): string => `
  SELECT begins FROM (
    SELECT begins, sum(sum(requests) FILTER (WHERE begins + ${lengthOf(grain)} <= ${until}::timestamptz))
      OVER (ORDER BY begins DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newer
    FROM (
      SELECT begins, requests FROM ${table} WHERE series_id = ANY (${series}::integer[])
      UNION ALL SELECT ${beginOf(grain)}, requests FROM lately
    ) AS counts
    WHERE begins <= ${until}::timestamptz AND begins >= ${begin}
    GROUP BY begins
  ) AS counted WHERE coalesce(newer, 0) < ${size}`;

interface Query {
  readonly text: string;
  readonly values: unknown[];
}

const ORDER = 'ORDER BY admitted_at DESC, request_id, attempt';

const newest = (conditions: string, size: string): string =>
  `SELECT * FROM metering.usage_record WHERE ${conditions} ${ORDER} LIMIT ${size}`;

const pageOf = (records: string): string =>
  `SELECT u.*, ${CORRECTIONS} AS corrections FROM (${records}) AS u ${ORDER}`;

const conditionsOf = (
  filter: RecordFilter,
  { after }: PageRequest<UsageCursor>,
  value: (given: unknown) => string,
): readonly string[] => {
  const conditions = ['organization_id = $1', ...foundBy(filter, value), ...within(filter, value)];
  if (!after) return conditions;
  const [at, request, attempt] = [after.admittedAt, after.requestId, after.attempt].map(value);
  return [
    ...conditions,
    ...upTo(after.admittedAt, value),
    `(admitted_at < ${at}::timestamptz OR (request_id, attempt) > (${request}::text, ${attempt}::integer))`,
  ];
};

/** No record of the page was admitted later. */
const untilOf = ({ to }: RecordFilter, { after }: PageRequest<UsageCursor>): Date | undefined =>
  to && after ? (to < after.admittedAt ? to : after.admittedAt) : (after?.admittedAt ?? to);

const foundBy = (filter: RecordFilter, value: (given: unknown) => string): string[] => {
  const asked = (Object.keys(COLUMNS) as Column[]).flatMap((name) => {
    const given = filter[name];
    return given === undefined ? [] : [{ name, given, column: COLUMNS[name] }];
  });
  const found = asked.map(({ name, given, column }) => {
    const parameter = value(given);
    const type = name === 'status' ? 'integer' : 'text';
    const same = `${column} = ${parameter}::${type}`;
    if (USUAL[name] === given) return same;
    const place = name === 'status' ? 'status::text' : column;
    // A partial index is only taken where the query says outright what it leaves out.
    const unusual = UNUSUAL[name] ?? '';
    return `${same} AND metering.usage_place(organization_id, ${place}) = metering.usage_place($1, ${parameter}::${type}::text)${unusual}`;
  });
  const everyone = asked.every(({ name, given }) => USUAL[name] === given);
  return everyone ? [...found, 'hashtext(organization_id) = hashtext($1)'] : found;
};

const UNUSUAL: Partial<Readonly<Record<Column, string>>> = {
  user: " AND client_user <> ''",
  traceId: " AND trace_id <> ''",
  outcome: " AND outcome <> 'completed'",
  status: ' AND status <> 200',
};

const within = ({ from, to }: RecordFilter, value: (given: unknown) => string): string[] => [
  ...(from
    ? [`admitted_at >= ${value(from)}::timestamptz`, `admitted_on >= ${value(dayOf(from))}::date`]
    : []),
  ...(to ? upTo(to, value) : []),
];

/** Said of the day too: partitions are told apart by it. */
const upTo = (at: Date, value: (given: unknown) => string): string[] => [
  `admitted_at <= ${value(at)}::timestamptz`,
  `admitted_on <= ${value(dayOf(at))}::date`,
];

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
