import { fromRecordedLimit, RequestChecks, toProtoLimit } from '@gatehouse/grpc';
import {
  apiKeyId,
  integrationId,
  type OrganizationId,
  organizationId,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';
import type { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import {
  type ModelsReplay,
  type ReplayedEach,
  type ReplayedModels,
  ReplayUsageQuery,
  type UsageReplay,
  type WorkspacesLosing,
} from '../../app/usage/replay-usage.handler';
import { type HoldersReplay, isRefused, type LimitReplay } from '../../domain/usage/usage-replay';
import { definedOf, optional, sayable, text } from './usage-conversion';

const LIMITS_MAX = 16;
const MODELS_MAX = 1_000;
const WORKSPACES_MAX = 10_000;
/** Models of an answer. */
const REFUSED_MODELS_MAX = 100;
const REFUSED_KEYS_MAX = 100;
/** Workspaces that are told one by one: of an answer, and where nothing is said. */
const TOLD_MAX = 100;
const TOLD = 20;

export const fromProtoReplayUsage = (request: meteringV1.ReplayUsageRequest): ReplayUsageQuery => {
  const checks = new RequestChecks();
  const organization = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(request.organizationId),
  ) as OrganizationId;
  const provision = optional('provision_id', request.provisionId, provisionId, checks);
  const calls = definedOf({
    workspaceId: optional('workspace_id', request.workspaceId, workspaceId, checks),
    integrationId: optional('integration_id', request.integrationId, integrationId, checks),
    provisionIds: provision && [provision],
    apiKeyId: optional('api_key_id', request.apiKeyId, apiKeyId, checks),
    workspaceIds: workspaceIdsIn(request.eachWorkspace, checks),
  });
  if (request.limits.length > LIMITS_MAX) checks.fault('limits', `must be at most ${LIMITS_MAX}`);
  const limits = checks.parse('limits', 'must be as they are recorded', () =>
    request.limits.map((limit) => fromRecordedLimit(limit, new RequestChecks())),
  );
  const models = modelsIn(request, checks);
  const each = eachIn(request, checks);
  checks.done();
  return new ReplayUsageQuery({ organizationId: organization, ...calls }, limits ?? [], models, each);
};

const workspaceIdsIn = (each: meteringV1.EachWorkspace | undefined, checks: RequestChecks) => {
  const ids = each?.workspaceIds ?? [];
  const field = 'each_workspace.workspace_ids';
  if (ids.length > WORKSPACES_MAX) checks.fault(field, `must be at most ${WORKSPACES_MAX}`);
  const parsed = checks.parse(field, 'must be ids of workspaces', () => ids.map(workspaceId));
  return ids.length === 0 ? undefined : parsed;
};

const eachIn = (
  { eachKey, eachWorkspace }: meteringV1.ReplayUsageRequest,
  checks: RequestChecks,
): ReplayedEach | undefined => {
  if (!eachWorkspace) return eachKey ? { by: 'apiKey' } : undefined;
  if (eachKey) checks.fault('each_key', 'does not go with each_workspace');
  const { skip, size } = eachWorkspace;
  if (skip < 0) checks.fault('each_workspace.skip', 'must not be negative');
  if (size < 0 || size > TOLD_MAX) checks.fault('each_workspace.size', `must be 0 to ${TOLD_MAX}`);
  return { by: 'workspace', skip, size: size === 0 ? TOLD : size };
};

const modelsIn = (
  { models, withoutModels, modelsByProvision }: meteringV1.ReplayUsageRequest,
  checks: RequestChecks,
): ReplayedModels | undefined => {
  const given = [models, withoutModels, modelsByProvision].filter((one) => one !== undefined);
  if (given.length > 1) checks.fault('models', 'may be said in one way');
  if (models) return { kind: 'only', names: namesIn('models.names', models.names, checks) };
  if (withoutModels)
    return { kind: 'without', names: namesIn('without_models.names', withoutModels.names, checks) };
  if (!modelsByProvision) return undefined;
  const field = 'models_by_provision.provisions';
  const { provisions } = modelsByProvision;
  if (provisions.length > MODELS_MAX) checks.fault(field, `must be at most ${MODELS_MAX}`);
  namesIn(
    `${field}.names`,
    provisions.flatMap(({ names }) => names),
    checks,
  );
  const names = provisions.map((one) => {
    checks.parse(field, 'must have ids of provisions', () => provisionId(one.provisionId));
    return [one.provisionId, new Set(one.names)] as const;
  });
  return { kind: 'byProvision', names: new Map(names) };
};

const namesIn = (field: string, names: readonly string[], checks: RequestChecks): ReadonlySet<string> => {
  if (names.length > MODELS_MAX) checks.fault(field, `must be at most ${MODELS_MAX}`);
  return new Set(checks.parse(field, 'must be names of models', () => names.map(text)) ?? []);
};

export const toProtoUsageReplay = (
  { each }: Pick<ReplayUsageQuery, 'each'>,
  { limits, models }: UsageReplay,
): meteringV1.ReplayUsageResponse => ({
  replay: {
    limits: limits.map((limit) => toProtoLimitReplay(limit, each)),
    models: models && toProtoModelsReplay(models, each),
  },
});

const toProtoLimitReplay = (replay: LimitReplay, each: ReplayedEach | undefined): typeV1.LimitReplay => ({
  limit: toProtoLimit(replay.limit),
  ...replay.period,
  ...toProtoFared(replay),
  unknownRequests: sayable(replay.unknownRequests),
  keys: replay.holders && each?.by === 'apiKey' ? toProtoKeysReplay(replay.holders) : undefined,
  workspaces:
    replay.holders && each?.by === 'workspace' ? toProtoWorkspacesReplay(replay.holders, each) : undefined,
});

const toProtoKeysReplay = ({ called, beyond }: HoldersReplay): typeV1.KeysReplay => {
  const refused = beyond.filter(isRefused).sort((a, b) => (a.refused.max < b.refused.max ? 1 : -1));
  return {
    ...{ called: BigInt(called), refused: BigInt(refused.length) },
    keys: refused
      .slice(0, REFUSED_KEYS_MAX)
      .map(({ id: keyId, ...replay }) => ({ apiKeyId: keyId, ...toProtoFared(replay) })),
  };
};

type Told = Extract<ReplayedEach, { by: 'workspace' }>;

const told = <Item>(items: readonly Item[], { skip, size }: Told): readonly Item[] =>
  items.slice(skip, skip + size);

const toProtoWorkspacesReplay = ({ called, beyond }: HoldersReplay, each: Told): typeV1.WorkspacesReplay => ({
  called: BigInt(called),
  refused: BigInt(beyond.filter(isRefused).length),
  totalSize: BigInt(beyond.length),
  workspaces: told(beyond, each).map(({ id, ...replay }) => ({
    ...{ workspaceId: id, workspaceName: '' },
    ...toProtoFared(replay),
  })),
});

type Fared = Pick<LimitReplay, 'requests' | 'spent' | 'refused' | 'ranOut'>;

const toProtoFared = ({ requests, spent, refused, ranOut }: Fared) => ({
  requests: sayable(requests),
  spent: spent === undefined ? undefined : sayable(spent),
  refusedMin: sayable(refused.min),
  refusedMax: sayable(refused.max),
  ranOutAfter: ranOut?.from,
  ranOutBefore: ranOut?.until,
});

const toProtoModelsReplay = (
  { period, requests, refused, workspaces }: ModelsReplay,
  each: ReplayedEach | undefined,
): typeV1.ModelsReplay => ({
  ...period,
  requests: sayable(requests),
  refused: sayable(refused.reduce((sum, one) => sum + one.requests, 0n)),
  models: refused
    .slice(0, REFUSED_MODELS_MAX)
    .map(({ model, provisionId: provision = '', requests: calls }) => ({
      ...{ model, provisionId: provision },
      requests: sayable(calls),
    })),
  workspaces: workspaces && each?.by === 'workspace' ? toProtoWorkspacesLosing(workspaces, each) : undefined,
});

const toProtoWorkspacesLosing = (
  { called, losing }: WorkspacesLosing,
  each: Told,
): typeV1.WorkspacesReplay => ({
  ...{ called: BigInt(called), refused: BigInt(losing.length), totalSize: BigInt(losing.length) },
  workspaces: told(losing, each).map(({ id, requests, refused }) => ({
    ...{ workspaceId: id, workspaceName: '' },
    ...toProtoFared({ requests, refused: { min: refused, max: refused } }),
  })),
});
