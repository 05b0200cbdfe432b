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
import { type ModelsReplay, ReplayUsageQuery, type UsageReplay } from '../../app/usage/replay-usage.handler';
import type { KeyReplay, LimitReplay } from '../../domain/usage/usage-replay';
import { definedOf, optional, sayable, text } from './usage-conversion';

const LIMITS_MAX = 16;
const MODELS_MAX = 1_000;
/** Models of an answer. */
const REFUSED_MODELS_MAX = 100;
const REFUSED_KEYS_MAX = 100;

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
  });
  if (request.limits.length > LIMITS_MAX) checks.fault('limits', `must be at most ${LIMITS_MAX}`);
  const limits = checks.parse('limits', 'must be as they are recorded', () =>
    request.limits.map((limit) => fromRecordedLimit(limit, new RequestChecks())),
  );
  const names = request.models?.names;
  if (names && names.length > MODELS_MAX) checks.fault('models.names', `must be at most ${MODELS_MAX}`);
  const models = names && checks.parse('models.names', 'must be names of models', () => names.map(text));
  checks.done();
  return new ReplayUsageQuery(
    { organizationId: organization, ...calls },
    limits ?? [],
    models,
    request.eachKey,
  );
};

export const toProtoUsageReplay = ({ limits, models }: UsageReplay): meteringV1.ReplayUsageResponse => ({
  replay: { limits: limits.map(toProtoLimitReplay), models: models && toProtoModelsReplay(models) },
});

const toProtoLimitReplay = (replay: LimitReplay): typeV1.LimitReplay => ({
  limit: toProtoLimit(replay.limit),
  ...replay.period,
  ...toProtoFared(replay),
  unknownRequests: sayable(replay.unknownRequests),
  keys: replay.keys && {
    called: BigInt(replay.keys.called),
    refused: BigInt(replay.keys.refused.length),
    keys: replay.keys.refused.slice(0, REFUSED_KEYS_MAX).map(toProtoKeyReplay),
  },
});

const toProtoKeyReplay = ({ apiKeyId: id, ...replay }: KeyReplay): typeV1.KeyReplay => ({
  apiKeyId: id,
  ...toProtoFared(replay),
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

const toProtoModelsReplay = ({ period, requests, refused }: ModelsReplay): typeV1.ModelsReplay => ({
  ...period,
  requests: sayable(requests),
  refused: sayable(refused.reduce((sum, one) => sum + one.requests, 0n)),
  models: refused
    .slice(0, REFUSED_MODELS_MAX)
    .map((one) => ({ model: one.model, requests: sayable(one.requests) })),
});
