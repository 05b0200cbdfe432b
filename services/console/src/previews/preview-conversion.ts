import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import { fromRestModelNames } from '../integrations/own-integration-conversion';
import { amountIn, fromRestWholeLimits, toRestWholeLimit } from '../limits/whole-limit-conversion';
import { timeOrNull } from '../rest/or-null';
import {
  CHANGE_EFFECTS,
  type HitProvisionAnswer,
  type PreviewAnswer,
  type Previewed,
} from './preview.schema';

type Command = NonNullable<provisioningV1.ProposedCommand['command']>;

/** @param requestId of a command that nobody gave: it is not to be one that was given already. */
export const fromRestPreviewed = (said: Previewed, requestId: string): Command => {
  const command = { requestId, reason: '' };
  switch (said.change) {
    case 'provision': {
      const request = provisioningV1.ProvisionIntegrationRequest.fromPartial({
        ...{ ...command, integrationId: said.integration_id, workspaceId: said.workspace_id },
        limits: limitsIn(said),
      });
      const models = fromRestModelNames(said.models);
      return { $case: 'provisionIntegration', value: { ...request, models } };
    }
    case 'provision-limits':
      return {
        $case: 'changeProvisionLimits',
        value: { ...command, provisionId: said.provision_id, limits: limitsIn(said) },
      };
    case 'provision-models': {
      const models = fromRestModelNames(said.models) ?? { all: true, names: [] };
      return { $case: 'allowModels', value: { ...command, provisionId: said.provision_id, models } };
    }
    case 'provision-enabled':
      return { $case: 'enableProvision', value: { ...command, provisionId: said.provision_id } };
    case 'workspace-limits':
      return {
        $case: 'changeWorkspaceLimits',
        value: { ...command, workspaceId: said.workspace_id, limits: limitsIn(said) },
      };
    case 'api-key-limits':
      return {
        $case: 'changeApiKeyLimits',
        value: { ...command, apiKeyId: said.api_key_id, limits: limitsIn(said) },
      };
    case 'integration-limits':
    case 'organization-limits':
      return {
        $case: 'changeLimits',
        value: { ...command, holder: { holder: holderIn(said) }, limits: limitsIn(said) },
      };
  }
};

const limitsIn = ({ limits }: { readonly limits: Parameters<typeof fromRestWholeLimits>[0] }) =>
  fromRestWholeLimits(limits, 'limits');

const holderIn = (
  said: Extract<Previewed, { change: 'integration-limits' | 'organization-limits' }>,
): provisioningV1.LimitHolder['holder'] =>
  said.change === 'integration-limits'
    ? { $case: 'integrationId', value: said.integration_id }
    : { $case: 'organization', value: {} };

export const toRestPreview = (answer: provisioningV1.PreviewCommandResponse): PreviewAnswer => ({
  events: answer.events.map(({ stream, type, dataJson }) => ({
    stream,
    type,
    data: JSON.parse(dataJson) as unknown,
  })),
  lets_more: answer.letsMore,
  needs_approval: answer.needsApproval,
  usage: answer.usage === undefined ? null : toRestReplay(answer.usage),
  usage_unknown: answer.usageUnknown,
  object: 'preview',
});

const toRestReplay = ({ limits, models }: typeV1.UsageReplay): NonNullable<PreviewAnswer['usage']> => ({
  limits: limits.map((replay) => {
    const limit = replay.limit === undefined ? null : toRestWholeLimit(replay.limit);
    return {
      limit,
      from: timeOrNull(replay.from),
      until: timeOrNull(replay.until),
      requests: Number(replay.requests),
      spent: replay.spent === undefined ? null : amountIn(limit?.unit ?? 'usd', replay.spent),
      refused_min: Number(replay.refusedMin),
      refused_max: Number(replay.refusedMax),
      ran_out_after: timeOrNull(replay.ranOutAfter),
      ran_out_before: timeOrNull(replay.ranOutBefore),
      unknown_requests: Number(replay.unknownRequests),
    };
  }),
  models:
    models === undefined
      ? null
      : {
          from: timeOrNull(models.from),
          until: timeOrNull(models.until),
          requests: Number(models.requests),
          refused: Number(models.refused),
          models: models.models.map(({ model, requests }) => ({ model, requests: Number(requests) })),
        },
});

export const toRestHitProvision = (hit: provisioningV1.HitProvision): HitProvisionAnswer => ({
  provision_id: hit.provision?.id ?? '',
  slug: hit.provision?.slug ?? '',
  workspace: { id: hit.provision?.workspaceId ?? '', name: hit.workspaceName },
  effect: CHANGE_EFFECTS.of(hit.effect),
  keys: hit.keys.map(({ id, name, prefix }) => ({ id, name, prefix })),
  key_count: hit.keyCount,
  object: 'hit-provision',
});
