import { Clock, type Limit } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { UsageSums } from '../../domain/usage/usage-record';
import {
  eachReplayed,
  holdersBeyond,
  type HolderReplay,
  type HolderSums,
  hoursToLookInto,
  lastDaysOfModels,
  lastPeriodOf,
  type LimitReplay,
  partsOf,
  replayedLimit,
  type Stretch,
  unseenHolder,
} from '../../domain/usage/usage-replay';
import { type SumsFilter, UsageAccounts } from './usage.ports';

export interface ModelsReplay {
  readonly period: Stretch;
  readonly requests: bigint;
  /** Calls of models that would not be allowed, the most called first. */
  readonly refused: readonly {
    readonly model: string;
    /** Where models are allowed by provision. */
    readonly provisionId?: string;
    readonly requests: bigint;
  }[];
  /** Whose they were: where each workspace is told. */
  readonly workspaces?: WorkspacesLosing;
}

export interface WorkspacesLosing {
  /** How many called. */
  readonly called: number;
  /** Those whose calls would have been refused, the most first. */
  readonly losing: readonly { readonly id: string; readonly requests: bigint; readonly refused: bigint }[];
}

export interface UsageReplay {
  readonly limits: readonly LimitReplay[];
  readonly models: ModelsReplay | undefined;
}

/** Whose usage: all that are given. */
export type ReplayedCalls = Pick<
  SumsFilter,
  'organizationId' | 'workspaceId' | 'workspaceIds' | 'integrationId' | 'provisionIds' | 'apiKeyId'
>;

/** Which models may be called: these alone, all but these, or these alone by each of these provisions. */
export type ReplayedModels =
  | { readonly kind: 'only' | 'without'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'byProvision'; readonly names: ReadonlyMap<string, ReadonlySet<string>> };

/** Each key, or each workspace, has the limits for itself. Of workspaces a part is told one by one, and looked into first. */
export type ReplayedEach =
  { readonly by: 'apiKey' } | { readonly by: 'workspace'; readonly skip: number; readonly size: number };

export class ReplayUsageQuery extends Query<UsageReplay> {
  constructor(
    readonly calls: ReplayedCalls,
    readonly limits: readonly Limit[],
    /** undefined: all may be called. */
    readonly models: ReplayedModels | undefined,
    /** undefined: all together have the limits. */
    readonly each?: ReplayedEach,
  ) {
    super();
  }
}

/** More than there are hours in the longest period, of 366 days. */
const ROWS_MAX = 367 * 24;

/** Keys or workspaces that called in a period. */
const HOLDERS_MAX = 10_000;

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

  async execute({ calls, limits, models, each }: ReplayUsageQuery): Promise<UsageReplay> {
    const at = this.clock.now();
    const sums = this.sumsOf(calls);
    const until = this.clock.monotonicMs() + LOOKING_MS;
    const mayLook = (): boolean => this.clock.monotonicMs() < until;
    const replayed: LimitReplay[] = [];
    // One after the other: a look ahead takes no more than one connection.
    for (const limit of limits)
      replayed.push(
        each
          ? await this.ofEach({ calls, each, at, mayLook }, limit)
          : await limitOf(sums, limit, at, mayLook),
      );
    return { limits: replayed, models: models && (await this.modelsOf(calls, models, at, each)) };
  }

  /** Only who used more than the limit in all is looked into, who used the most first; who is told one by one before others. */
  private async ofEach({ calls, each, at, mayLook }: EachAsked, limit: Limit): Promise<LimitReplay> {
    const period = lastPeriodOf(limit, at);
    const shape = { by: [each.by], latency: false, rowsMax: HOLDERS_MAX };
    const called = await this.accounts.sums({ ...calls, ...period }, shape);
    const holders = called.map((sums) => ({ id: sums.by[each.by] ?? '', sums }));
    const beyond = holdersBeyond(limit, holders, at);
    const looked = new Map<HolderSums, HolderReplay>();
    for (const holder of soonest(beyond, each)) {
      if (!mayLook()) break;
      const own = this.sumsOf({ ...calls, ...only(each.by, holder.id) });
      looked.set(holder, { ...(await limitOf(own, limit, at, mayLook)), id: holder.id });
    }
    const seen = beyond.map((holder) => looked.get(holder) ?? unseenHolder(limit, holder));
    return eachReplayed(limit, period, holders, seen);
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

  private async modelsOf(
    calls: ReplayedCalls,
    models: ReplayedModels,
    at: Date,
    each: ReplayedEach | undefined,
  ): Promise<ModelsReplay> {
    const period = lastDaysOfModels(at);
    const by = models.kind === 'byProvision' ? (['provision', 'model'] as const) : (['model'] as const);
    const sums = await this.accounts.sums({ ...calls, ...period }, { by, latency: false, rowsMax: ROWS_MAX });
    const called = sums.map(({ by: of, requests }) => ({
      ...(of.provision !== undefined && { provisionId: of.provision }),
      ...{ model: of.model ?? '', requests },
    }));
    const refused = called
      .filter((one) => !isAllowed(models, one))
      .sort((a, b) => mostFirst(a.requests, b.requests) || inOrder(a.model, b.model));
    return {
      period,
      requests: called.reduce((sum, { requests }) => sum + requests, 0n),
      refused,
      ...(each?.by === 'workspace' && {
        workspaces: await this.workspacesLosing({ ...calls, ...period }, refused),
      }),
    };
  }

  private async workspacesLosing(
    calls: SumsFilter,
    refused: readonly { readonly model: string }[],
  ): Promise<WorkspacesLosing> {
    const shape = { by: ['workspace'], latency: false, rowsMax: HOLDERS_MAX } as const;
    const called = await this.accounts.sums(calls, shape);
    const models = refused.map(({ model }) => model);
    const lost = models.length === 0 ? [] : await this.accounts.sums({ ...calls, models }, shape);
    const requests = new Map(called.map((sums) => [sums.by.workspace, sums.requests]));
    return {
      called: called.length,
      losing: lost
        .map((sums) => ({
          id: sums.by.workspace ?? '',
          requests: requests.get(sums.by.workspace) ?? sums.requests,
          refused: sums.requests,
        }))
        .sort((a, b) => mostFirst(a.refused, b.refused) || inOrder(a.id, b.id)),
    };
  }
}

interface EachAsked {
  readonly calls: ReplayedCalls;
  readonly each: ReplayedEach;
  readonly at: Date;
  readonly mayLook: () => boolean;
}

const only = (by: ReplayedEach['by'], id: string): Pick<ReplayedCalls, 'apiKeyId' | 'workspaceId'> =>
  by === 'apiKey' ? { apiKeyId: id } : { workspaceId: id };

const soonest = (holders: readonly HolderSums[], each: ReplayedEach): readonly HolderSums[] => {
  if (each.by === 'apiKey') return holders;
  const [from, to] = [each.skip, each.skip + each.size];
  return [...holders.slice(from, to), ...holders.slice(0, from), ...holders.slice(to)];
};

const mostFirst = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? 1 : -1);

const inOrder = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const isAllowed = (
  models: ReplayedModels,
  { model, provisionId = '' }: { readonly model: string; readonly provisionId?: string },
): boolean => {
  switch (models.kind) {
    case 'only':
      return models.names.has(model);
    case 'without':
      return !models.names.has(model);
    case 'byProvision':
      return models.names.get(provisionId)?.has(model) ?? false;
  }
};

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
