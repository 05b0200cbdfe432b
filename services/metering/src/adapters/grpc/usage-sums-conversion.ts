import { type Caller, RequestChecks } from '@gatehouse/grpc';
import { apiKeyId, integrationId, provisionId, workspaceId } from '@gatehouse/kernel';
import { organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import { GetUsageQuery } from '../../app/usage/get-usage.handler';
import type { SumsFilter } from '../../app/usage/usage.ports';
import { LATENCY_BOUNDS_MS, type LatencyCounts, quantileOf } from '../../domain/usage/latency';
import type { UsageDimension, UsageOutcome, UsageSums } from '../../domain/usage/usage-record';
import { beginOf, GRAIN_MS, type UsageGrain } from '../../domain/usage/usage-rollup';
import { intervalsIn } from '../../domain/usage/usage-window';
import { USAGE_OUTCOMES } from '../bus/usage-messages';
import { day, definedOf, instant, midnight, optional, outcomeAsked, sayable, text } from './usage-conversion';

type Asked = meteringV1.GetUsageRequest;

const ROWS_MAX = 50_000;
/** Under which metadata names the client's own user. */
const USER = '_user';

const DIMENSIONS: ReadonlyMap<meteringV1.UsageDimension, UsageDimension> = new Map([
  [meteringV1.UsageDimension.WORKSPACE, 'workspace'],
  [meteringV1.UsageDimension.INTEGRATION, 'integration'],
  [meteringV1.UsageDimension.PROVISION, 'provision'],
  [meteringV1.UsageDimension.API_KEY, 'apiKey'],
  [meteringV1.UsageDimension.PROVIDER, 'provider'],
  [meteringV1.UsageDimension.MODEL, 'model'],
  [meteringV1.UsageDimension.OUTCOME, 'outcome'],
  [meteringV1.UsageDimension.USER, 'label'],
  [meteringV1.UsageDimension.METADATA, 'label'],
  [meteringV1.UsageDimension.DAY, 'day'],
]);

const GRAINS: ReadonlyMap<meteringV1.UsageInterval, UsageGrain> = new Map([
  [meteringV1.UsageInterval.MINUTE, 'minute'],
  [meteringV1.UsageInterval.HOUR, 'hour'],
  [meteringV1.UsageInterval.DAY, 'day'],
]);

const INTERVALS_MAX: Readonly<Record<UsageGrain, number>> = { minute: 2_880, hour: 2_208, day: 3_660 };
const SERIES_DIMENSIONS_MAX = 2;

export const fromProtoGetUsage = (request: Asked, caller: Caller): GetUsageQuery => {
  const checks = new RequestChecks();
  const by = dimensionsOf(request, checks);
  const named = optional('workspace_id', request.workspaceId, workspaceId, checks);
  const window = windowOf(request, checks);
  const every = intervalOf(request, window, checks);
  const calls = definedOf({
    integrationId: optional('integration_id', request.integrationId, integrationId, checks),
    provisionIds: provisionOf(request, checks),
    apiKeyId: optional('api_key_id', request.apiKeyId, apiKeyId, checks),
    provider: optional('provider', request.provider, text, checks),
    model: optional('model', request.model, text, checks),
    outcome: outcomeAsked(request.outcome, checks),
  });
  const label = labelOf(request, checks);
  const apart = by.some((dimension) => !['workspace', 'day', 'label'].includes(dimension));
  if (label && (apart || Object.keys(calls).length > 0))
    checks.fault('group_by', 'metadata and users go with workspaces and days alone');
  checks.done();
  const workspace = workspaceAskedBy(caller, named);
  const filter: SumsFilter = {
    organizationId: organizationOf(caller),
    ...(workspace !== undefined && { workspaceId: workspace }),
    ...calls,
    ...(label && { label }),
    ...window,
  };
  const { latency } = request;
  return new GetUsageQuery(filter, { by, ...(every && { every }), latency, rowsMax: ROWS_MAX });
};

const dimensionsOf = ({ groupBy, every }: Asked, checks: RequestChecks): readonly UsageDimension[] => {
  const by = groupBy.flatMap((dimension, index) => {
    const known = DIMENSIONS.get(dimension);
    if (!known) checks.fault(`group_by[${index}]`, 'must be a known dimension');
    return known ?? [];
  });
  if (new Set(by).size < by.length) checks.fault('group_by', 'must not repeat a dimension');
  if (every !== meteringV1.UsageInterval.UNSPECIFIED) {
    if (by.length > SERIES_DIMENSIONS_MAX)
      checks.fault('group_by', `must be at most ${SERIES_DIMENSIONS_MAX} for rows by interval`);
    if (by.includes('day')) checks.fault('group_by', 'must not name days for rows by interval');
  }
  return by;
};

const provisionOf = ({ provisionId: raw }: Asked, checks: RequestChecks): readonly string[] | undefined => {
  const one = optional('provision_id', raw, provisionId, checks);
  return one === undefined ? undefined : [one];
};

type Window = Pick<SumsFilter, 'from' | 'until'>;

const windowOf = (request: Asked, checks: RequestChecks): Window => {
  const fromDay = optional('from_day', request.fromDay, day, checks);
  const toDay = optional('to_day', request.toDay, day, checks);
  const from = instant('from', request.from, checks);
  const to = instant('to', request.to, checks);
  if ((fromDay ?? toDay) !== undefined && (from ?? to) !== undefined)
    checks.fault('from', 'must not be given beside days');
  if (fromDay !== undefined && toDay !== undefined && fromDay > toDay)
    checks.fault('to_day', 'must not be before from_day');
  if (from && to && from > to) checks.fault('to', 'must not be before from');
  const begin = fromDay === undefined ? from?.getTime() : midnight(fromDay).getTime();
  const end =
    toDay === undefined
      ? to && beginOf(to.getTime(), 'minute') + GRAIN_MS.minute
      : midnight(toDay).getTime() + GRAIN_MS.day;
  return {
    ...(begin !== undefined && { from: new Date(beginOf(begin, 'minute')) }),
    ...(end !== undefined && { until: new Date(end) }),
  };
};

const intervalOf = (
  { every }: Asked,
  { from, until }: Window,
  checks: RequestChecks,
): UsageGrain | undefined => {
  if (every === meteringV1.UsageInterval.UNSPECIFIED) return undefined;
  const grain = GRAINS.get(every);
  if (!grain) checks.fault('every', 'must be a known interval');
  else if (!from || !until) checks.fault('every', 'needs a first and a last time');
  else if (intervalsIn(from.getTime(), until.getTime(), grain) > INTERVALS_MAX[grain])
    checks.fault('every', `must not be more than ${INTERVALS_MAX[grain]} intervals`);
  return grain;
};

const labelOf = (request: Asked, checks: RequestChecks): SumsFilter['label'] => {
  const key = optional('metadata_key', request.metadataKey, text, checks);
  const user = optional('user', request.user, text, checks);
  const { USER: BY_USER, METADATA } = meteringV1.UsageDimension;
  const byUser = request.groupBy.includes(BY_USER) || user !== undefined;
  if (request.metadataValue !== undefined)
    checks.parse('metadata_value', 'is malformed', () => text(request.metadataValue ?? ''));
  if (key === undefined && (request.groupBy.includes(METADATA) || request.metadataValue !== undefined))
    checks.fault('metadata_key', 'must be given');
  if (key !== undefined && byUser) checks.fault('metadata_key', 'must not be given beside users');
  if (byUser) return { key: USER, ...(user !== undefined && { value: user }) };
  if (key === undefined) return undefined;
  const { metadataValue: value } = request;
  return { key, ...(value !== undefined && { value }) };
};

export const toProtoUsage = (rows: readonly UsageSums[], request: Asked): meteringV1.GetUsageResponse => {
  const byUser = request.groupBy.includes(meteringV1.UsageDimension.USER);
  return {
    rows: rows.map((sums) => toProtoUsageRow(sums, byUser)),
    latencyBoundsMs: request.latency ? [...LATENCY_BOUNDS_MS] : [],
  };
};

const toProtoUsageRow = (sums: UsageSums, byUser: boolean): meteringV1.UsageRow => ({
  workspaceId: sums.by.workspace ?? '',
  integrationId: sums.by.integration ?? '',
  provisionId: sums.by.provision ?? '',
  apiKeyId: sums.by.apiKey ?? '',
  provider: sums.by.provider ?? '',
  model: sums.by.model ?? '',
  outcome: toProtoOutcome(sums.by.outcome),
  user: byUser ? (sums.by.label ?? '') : '',
  metadataValue: byUser ? '' : (sums.by.label ?? ''),
  day: sums.by.day ?? '',
  begins: sums.begins,
  requests: sayable(sums.requests),
  inputTokens: sayable(sums.inputTokens),
  outputTokens: sayable(sums.outputTokens),
  amountNanoUsd: sayable(sums.amount),
  doubtNanoUsd: sayable(sums.doubt),
  unknownRequests: sayable(sums.unknownRequests),
  firstByte: toProtoLatency(sums.firstByte),
  total: toProtoLatency(sums.total),
});

const toProtoOutcome = (outcome: string | undefined): meteringV1.UsageOutcome =>
  outcome === undefined ? meteringV1.UsageOutcome.UNSPECIFIED : USAGE_OUTCOMES[outcome as UsageOutcome];

const toProtoLatency = (counts: LatencyCounts | undefined): meteringV1.UsageLatency | undefined => {
  if (!counts) return undefined;
  const at = (share: number): number => quantileOf(counts, share) ?? 0;
  return {
    requests: BigInt(counts.reduce((sum, count) => sum + count, 0)),
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    counts: counts.map(BigInt),
  };
};
