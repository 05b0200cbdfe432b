import { countLatency } from './latency';
import type { UsageDimension, UsageRecord } from './usage-record';

/** How long the intervals are that usage is counted by. UTC. */
export type UsageGrain = 'minute' | 'hour' | 'day';

export const GRAIN_MS: Readonly<Record<UsageGrain, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** What counted calls have in common: the call itself, or one pair of its metadata in its workspace. */
export interface UsageSeries {
  readonly organizationId: string;
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly provisionId: string;
  readonly apiKeyId: string;
  readonly provider: string;
  readonly model: string;
  readonly outcome: string;
  readonly labelKey: string;
  readonly labelValue: string;
}

/** The series that a call counts in: one of calls, and one for each pair of its metadata. */
export const seriesOf = (record: UsageRecord): readonly UsageSeries[] => {
  const { organizationId, workspaceId, integrationId, provisionId, apiKeyId } = record;
  const { provider, model, outcome, metadata } = record;
  // Written out, here and in counts: they are made by the ten thousand a second, and spreading takes many times as long.
  const series: UsageSeries[] = [
    {
      organizationId,
      workspaceId,
      integrationId,
      provisionId,
      apiKeyId,
      provider,
      model,
      outcome,
      labelKey: '',
      labelValue: '',
    },
  ];
  for (const labelKey in metadata) {
    series.push({
      organizationId,
      workspaceId,
      integrationId: '',
      provisionId: '',
      apiKeyId: '',
      provider: '',
      model: '',
      outcome: '',
      labelKey,
      labelValue: metadata[labelKey] ?? '',
    });
  }
  return series;
};

/** By what series are told apart, besides their organization. */
export type SeriesDimension = Exclude<UsageDimension, 'label' | 'day'>;

const FIELDS: Readonly<Record<SeriesDimension, keyof UsageSeries>> = {
  workspace: 'workspaceId',
  integration: 'integrationId',
  provision: 'provisionId',
  apiKey: 'apiKeyId',
  provider: 'provider',
  model: 'model',
  outcome: 'outcome',
};

/**
 * Dimensions by which calls are summed whatever the others are, those with the fewest sums first. What has another for a
 * consequence is told with it: a key its workspace, a provision its workspace and integration, an integration its provider.
 */
export const MARGINS: readonly (readonly SeriesDimension[])[] = [
  ['integration', 'provider', 'model', 'outcome'],
  ['workspace', 'integration', 'provision', 'provider'],
  ['workspace', 'apiKey'],
];

/** The sums that a series of calls is a part of, each a series that is empty in all other dimensions; none of metadata. */
export const marginsOf = (series: UsageSeries): readonly UsageSeries[] =>
  series.labelKey === ''
    ? MARGINS.map((margin) => ({
        organizationId: series.organizationId,
        ...{ workspaceId: '', integrationId: '', provisionId: '', apiKeyId: '' },
        ...{ provider: '', model: '', outcome: '', labelKey: '', labelValue: '' },
        ...Object.fromEntries(margin.map((dimension) => [FIELDS[dimension], series[FIELDS[dimension]]])),
      }))
    : [];

/** What is counted of a series in one interval; of each call what is known of it. */
export interface UsageCount {
  readonly seriesId: number;
  /** Milliseconds since 1970. */
  readonly begins: number;
  requests: bigint;
  inputTokens: bigint;
  outputTokens: bigint;
  amount: bigint;
  doubt: bigint;
  /** With tokens or an amount that nobody knows. */
  unknownRequests: bigint;
  firstByte: number[] | undefined;
  total: number[] | undefined;
}

/** A call, and one of the series that it counts in. */
export interface Counted {
  readonly seriesId: number;
  readonly record: UsageRecord;
}

/** By minute, in order of series and time. */
export const countedByMinute = (calls: Iterable<Counted>): UsageCount[] => {
  const counts: Counts = new Map();
  for (const { seriesId, record } of calls) {
    const count = countAt(counts, seriesId, beginOf(record.admittedAt.getTime(), 'minute'));
    count.requests += 1n;
    count.inputTokens += record.inputTokens ?? 0n;
    count.outputTokens += record.outputTokens ?? 0n;
    count.amount += record.amount ?? 0n;
    count.doubt += record.doubt;
    if (isUnknown(record)) count.unknownRequests += 1n;
    count.firstByte = countLatency(count.firstByte, record.firstByteMs);
    count.total = countLatency(count.total, record.totalMs);
  }
  return inOrder(counts);
};

/** When the interval began that a time is in, both in milliseconds since 1970. */
export const beginOf = (at: number, grain: UsageGrain): number =>
  Math.floor(at / GRAIN_MS[grain]) * GRAIN_MS[grain];

const isUnknown = ({ inputTokens, outputTokens, amount }: UsageRecord): boolean =>
  inputTokens === undefined || outputTokens === undefined || amount === undefined;

/** By series, and then by time. */
type Counts = Map<number, Map<number, UsageCount>>;

const countAt = (counts: Counts, seriesId: number, begins: number): UsageCount => {
  let ofSeries = counts.get(seriesId);
  if (!ofSeries) counts.set(seriesId, (ofSeries = new Map()));
  const known = ofSeries.get(begins);
  if (known) return known;
  const none: UsageCount = {
    seriesId,
    begins,
    requests: 0n,
    inputTokens: 0n,
    outputTokens: 0n,
    amount: 0n,
    doubt: 0n,
    unknownRequests: 0n,
    firstByte: undefined,
    total: undefined,
  };
  ofSeries.set(begins, none);
  return none;
};

const inOrder = (counts: Counts): UsageCount[] =>
  [...counts.values()]
    .flatMap((ofSeries) => [...ofSeries.values()])
    .sort((a, b) => a.seriesId - b.seriesId || a.begins - b.begins);

/** How long what was counted lately lies by itself, and in parts of which length it is rolled up, in milliseconds: of many minutes each hour and day is added to once. */
const RECENT_MS = 60_000;
const ROLLED_UP_BY_MS = 300_000;

/** Which minutes are to be rolled up: those before. */
export const ripeBefore = (now: Date): Date =>
  new Date(Math.floor((now.getTime() - RECENT_MS) / ROLLED_UP_BY_MS) * ROLLED_UP_BY_MS);
