import { meteringV1 } from '@gatehouse/proto-gen';
import { unshifted } from '../rest/decimals';
import type { GraphAnswer } from './analytics.schema';

type Row = meteringV1.UsageRow;
type Figures = GraphAnswer['summary'];

/** US cents: 10⁷ nano-USD. */
export const CENTS_PLACES = 7;

/** How a metric is counted, and what is said of the rows that are one point. */
export interface Graph {
  readonly groupBy: readonly meteringV1.UsageDimension[];
  /** By the days of the rows themselves, and not by intervals. */
  readonly byDay: boolean;
  readonly latency: boolean;
  readonly figures: (rows: readonly Row[]) => Figures;
}

const { UsageDimension, UsageOutcome } = meteringV1;

const sum = (rows: readonly Row[], of: (row: Row) => bigint): bigint =>
  rows.reduce((total, row) => total + of(row), 0n);
const requestsOf = (rows: readonly Row[]): bigint => sum(rows, ({ requests }) => requests);
/** Of the requests whose figure is known. */
const average = (total: number, rows: readonly Row[]): number | null => {
  const known = Number(requestsOf(rows) - sum(rows, ({ unknownRequests }) => unknownRequests));
  return known > 0 ? total / known : null;
};
const errorsOf = (rows: readonly Row[]): bigint =>
  requestsOf(rows.filter(({ outcome }) => outcome === UsageOutcome.PROVIDER_FAILED));

const plain = { groupBy: [], byDay: false, latency: false };
const byOutcome = { ...plain, groupBy: [UsageDimension.OUTCOME] };

/** What metering counts by, by npm's names; those of PyPI have a slash for the dash. */
export const GRAPHS: ReadonlyMap<string, Graph> = new Map<string, Graph>([
  ['requests', { ...plain, figures: (rows) => ({ total: Number(requestsOf(rows)) }) }],
  [
    'cost',
    {
      ...plain,
      figures: (rows) => {
        const total = unshifted(
          sum(rows, ({ amountNanoUsd }) => amountNanoUsd),
          CENTS_PLACES,
        );
        return { total, avg: average(total, rows) };
      },
    },
  ],
  [
    'tokens',
    {
      ...plain,
      figures: (rows) => {
        const total = Number(sum(rows, ({ inputTokens, outputTokens }) => inputTokens + outputTokens));
        return { total, avg: average(total, rows) };
      },
    },
  ],
  [
    'latency',
    {
      ...plain,
      latency: true,
      // Quantiles are kept, and no mean.
      figures: ([row]) => ({
        avg: null,
        p50: row?.total?.p50Ms ?? null,
        p90: row?.total?.p90Ms ?? null,
        p99: row?.total?.p99Ms ?? null,
      }),
    },
  ],
  ['errors', { ...byOutcome, figures: (rows) => ({ total: Number(errorsOf(rows)) }) }],
  [
    'errors-rate',
    {
      ...byOutcome,
      figures: (rows) => {
        const requests = Number(requestsOf(rows));
        return { rate: requests === 0 ? 0 : (100 * Number(errorsOf(rows))) / requests };
      },
    },
  ],
  [
    'users',
    {
      groupBy: [UsageDimension.USER, UsageDimension.DAY],
      byDay: true,
      latency: false,
      figures: (rows) => ({
        total: new Set(rows.map(({ user }) => user).filter((user) => user !== '')).size,
      }),
    },
  ],
]);

/** What the product does not do: there is none of it, at any time. */
export const NONE_OF_IT: ReadonlyMap<string, Figures> = new Map<string, Figures>([
  ['requests-rescued', { total: 0 }],
  ['cache-hit-rate', { rate: 0 }],
  ['cache-latency', { total: 0, avg: null }],
  ['feedbacks', { total: 0 }],
  ['feedbacks-score', { total: 0 }],
  ['feedbacks-scores', { total: 0 }],
  ['feedbacks-weighted', { total: 0 }],
  ['feedbacks-ai-models', { total: 0 }],
]);

const MINUTE_MS = 60_000;

/** As many points as can be looked at, of each of which metering knows. */
export const intervalOf = (from: Date, to: Date): meteringV1.UsageInterval => {
  const minutes = (to.getTime() - from.getTime()) / MINUTE_MS;
  if (minutes <= 120) return meteringV1.UsageInterval.MINUTE;
  return minutes <= 48 * 60 ? meteringV1.UsageInterval.HOUR : meteringV1.UsageInterval.DAY;
};

/** The rows of each point, in the order of time. */
export const pointsOf = ({ figures, byDay }: Graph, rows: readonly Row[]): GraphAnswer['data_points'] => {
  const points = new Map<string, Row[]>();
  for (const row of rows) {
    const at = byDay ? `${row.day}T00:00:00.000Z` : (row.begins?.toISOString() ?? '');
    points.set(at, [...(points.get(at) ?? []), row]);
  }
  return [...points]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([timestamp, some]) => ({ timestamp, ...figures(some) }));
};
