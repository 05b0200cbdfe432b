import { addedCounts, countLatency } from './latency';
import type { UsageRecord } from './usage-record';

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
  const calls = {
    ...{ organizationId, workspaceId, integrationId, provisionId, apiKeyId, provider, model, outcome },
    ...{ labelKey: '', labelValue: '' },
  };
  const pairs = Object.entries(metadata);
  if (pairs.length === 0) return [calls];
  const alike = { organizationId, workspaceId, integrationId: '', provisionId: '', apiKeyId: '' };
  const labels = pairs.map(([labelKey, labelValue]) => ({
    ...{ ...alike, provider: '', model: '', outcome: '', labelKey, labelValue },
  }));
  return [calls, ...labels];
};

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
  const counts = new Map<string, UsageCount>();
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

/** Counts of finer intervals as those of coarser ones. */
export const countedBy = (grain: UsageGrain, finer: readonly UsageCount[]): UsageCount[] => {
  const counts = new Map<string, UsageCount>();
  for (const part of finer) {
    const count = countAt(counts, part.seriesId, beginOf(part.begins, grain));
    count.requests += part.requests;
    count.inputTokens += part.inputTokens;
    count.outputTokens += part.outputTokens;
    count.amount += part.amount;
    count.doubt += part.doubt;
    count.unknownRequests += part.unknownRequests;
    count.firstByte = addedCounts(count.firstByte, part.firstByte);
    count.total = addedCounts(count.total, part.total);
  }
  return inOrder(counts);
};

/** When the interval began that a time is in, both in milliseconds since 1970. */
export const beginOf = (at: number, grain: UsageGrain): number =>
  Math.floor(at / GRAIN_MS[grain]) * GRAIN_MS[grain];

const isUnknown = ({ inputTokens, outputTokens, amount }: UsageRecord): boolean =>
  inputTokens === undefined || outputTokens === undefined || amount === undefined;

const countAt = (counts: Map<string, UsageCount>, seriesId: number, begins: number): UsageCount => {
  const key = `${seriesId} ${begins}`;
  const known = counts.get(key);
  if (known) return known;
  const none: UsageCount = {
    ...{ seriesId, begins, requests: 0n, inputTokens: 0n, outputTokens: 0n, amount: 0n, doubt: 0n },
    ...{ unknownRequests: 0n, firstByte: undefined, total: undefined },
  };
  counts.set(key, none);
  return none;
};

const inOrder = (counts: ReadonlyMap<string, UsageCount>): UsageCount[] =>
  [...counts.values()].sort((a, b) => a.seriesId - b.seriesId || a.begins - b.begins);
