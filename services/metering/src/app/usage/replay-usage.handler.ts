import { Clock, type Limit } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { UsageSums } from '../../domain/usage/usage-record';
import {
  eachKeyReplayed,
  hoursToLookInto,
  type KeyReplay,
  keysBeyond,
  lastDaysOfModels,
  lastPeriodOf,
  type LimitReplay,
  partsOf,
  replayedLimit,
  type Stretch,
  unseenKey,
} from '../../domain/usage/usage-replay';
import { type SumsFilter, UsageAccounts } from './usage.ports';

export interface ModelsReplay {
  readonly period: Stretch;
  readonly requests: bigint;
  /** Calls of models that would not be allowed, the most called first. */
  readonly refused: readonly { readonly model: string; readonly requests: bigint }[];
}

export interface UsageReplay {
  readonly limits: readonly LimitReplay[];
  readonly models: ModelsReplay | undefined;
}

/** Whose usage: all that are given. */
export type ReplayedCalls = Pick<
  SumsFilter,
  'organizationId' | 'workspaceId' | 'integrationId' | 'provisionIds' | 'apiKeyId'
>;

export class ReplayUsageQuery extends Query<UsageReplay> {
  constructor(
    readonly calls: ReplayedCalls,
    readonly limits: readonly Limit[],
    /** The only ones that may be called; undefined: all. */
    readonly models: readonly string[] | undefined,
    /** Each key has the limits for itself. */
    readonly eachKey = false,
  ) {
    super();
  }
}

/** More than there are hours in the longest period, of 366 days. */
const ROWS_MAX = 367 * 24;

/** That called in a period. */
const KEYS_MAX = 10_000;

/** Whoever waits is told what hours say, where minutes of busy ones take longer to read. */
const LOOKING_MS = 1_000;

/** Sums of the calls by the intervals of a stretch. */
type Sums = (every: 'minute' | 'hour', stretch: Stretch) => Promise<readonly UsageSums[]>;

@QueryHandler(ReplayUsageQuery)
export class ReplayUsageHandler implements IQueryHandler<ReplayUsageQuery> {
  constructor(
    private readonly accounts: UsageAccounts,
    private readonly clock: Clock,
  ) {}

  async execute({ calls, limits, models, eachKey }: ReplayUsageQuery): Promise<UsageReplay> {
    const at = this.clock.now();
    const sums = this.sumsOf(calls);
    const until = this.clock.monotonicMs() + LOOKING_MS;
    const mayLook = (): boolean => this.clock.monotonicMs() < until;
    const replayed: LimitReplay[] = [];
    // One after the other: a look ahead takes no more than one connection.
    for (const limit of limits)
      replayed.push(
        eachKey ? await this.ofEachKey(calls, limit, at, mayLook) : await limitOf(sums, limit, at, mayLook),
      );
    return { limits: replayed, models: models && (await this.modelsOf(calls, models, at)) };
  }

  /** Only who used more than the limit in all is looked into, who used the most first. */
  private async ofEachKey(
    calls: ReplayedCalls,
    limit: Limit,
    at: Date,
    mayLook: () => boolean,
  ): Promise<LimitReplay> {
    const period = lastPeriodOf(limit, at);
    const shape = { by: ['apiKey'], latency: false, rowsMax: KEYS_MAX } as const;
    const called = await this.accounts.sums({ ...calls, ...period }, shape);
    const keys = called.map((sums) => ({ apiKeyId: sums.by.apiKey ?? '', sums }));
    const beyond: KeyReplay[] = [];
    for (const key of keysBeyond(limit, keys, at)) {
      const { apiKeyId } = key;
      const own = mayLook() && (await limitOf(this.sumsOf({ ...calls, apiKeyId }), limit, at, mayLook));
      beyond.push(own ? { ...own, apiKeyId } : unseenKey(limit, key));
    }
    return eachKeyReplayed(limit, period, keys, beyond);
  }

  /** Limits of one period are about the same sums, which are read once. */
  private sumsOf(calls: ReplayedCalls): Sums {
    const read = new Map<string, readonly UsageSums[]>();
    return async (every, stretch) => {
      const key = `${every} ${stretch.from.getTime()} ${stretch.until.getTime()}`;
      const shape = { by: [], every, latency: false, rowsMax: ROWS_MAX } as const;
      const sums = read.get(key) ?? (await this.accounts.sums({ ...calls, ...stretch }, shape));
      read.set(key, sums);
      return sums;
    };
  }

  private async modelsOf(calls: ReplayedCalls, allowed: readonly string[], at: Date): Promise<ModelsReplay> {
    const period = lastDaysOfModels(at);
    const shape = { by: ['model'], latency: false, rowsMax: ROWS_MAX } as const;
    const sums = await this.accounts.sums({ ...calls, ...period }, shape);
    const called = sums.map(({ by, requests }) => ({ model: by.model ?? '', requests }));
    return {
      period,
      requests: called.reduce((sum, { requests }) => sum + requests, 0n),
      refused: called
        .filter(({ model }) => !allowed.includes(model))
        .sort((a, b) => (a.requests < b.requests ? 1 : -1)),
    };
  }
}

const limitOf = async (sums: Sums, limit: Limit, at: Date, mayLook: () => boolean): Promise<LimitReplay> => {
  const period = lastPeriodOf(limit, at);
  const hours = await sums('hour', period);
  let parts = partsOf(limit, hours, 'hour', period);
  for (const hour of hoursToLookInto(limit, parts, at)) {
    if (!mayLook()) break;
    const stretch = { from: new Date(hour.begins), until: new Date(hour.ends) };
    const minutes = partsOf(limit, await sums('minute', stretch), 'minute', stretch);
    parts = [...parts.filter((part) => part !== hour), ...minutes];
  }
  const inOrder = parts.toSorted((a, b) => a.begins - b.begins);
  const unknownRequests = hours.reduce((sum, one) => sum + one.unknownRequests, 0n);
  return replayedLimit(limit, period, inOrder, { at, unknownRequests });
};
