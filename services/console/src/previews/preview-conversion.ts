import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import type { z } from 'zod';
import { EXISTING, fromRestModelNames } from '../integrations/own-integration-conversion';
import { amountIn, fromRestWholeLimits, toRestWholeLimit } from '../limits/whole-limit-conversion';
import { timeOrNull } from '../rest/or-null';
import {
  CHANGE_EFFECTS,
  type HitProvisionAnswer,
  type ModelsPreviewAnswer,
  type modelsPreviewed,
  type PreviewAnswer,
  type Previewed,
} from './preview.schema';

const { ExistingProvisions } = provisioningV1;

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
    case 'api-key-models': {
      const models = fromRestModelNames(said.models) ?? { all: true, names: [] };
      return { $case: 'changeApiKeyModels', value: { ...command, apiKeyId: said.api_key_id, models } };
    }
    case 'bulk-provision': {
      const request = provisioningV1.BulkProvisionRequest.fromPartial({
        ...{ ...command, integrationId: said.integration_id, limits: limitsIn(said) },
        ...{ workspaceIds: said.workspace_ids ?? [], allWorkspaces: !said.workspace_ids },
        existing: said.existing ? EXISTING[said.existing] : ExistingProvisions.KEEP,
      });
      return { $case: 'bulkProvision', value: { ...request, models: fromRestModelNames(said.models) } };
    }
    case 'auto-provision': {
      const request = provisioningV1.SetAutoProvisionRequest.fromPartial({
        ...{ ...command, integrationId: said.integration_id, limits: limitsIn(said) },
      });
      return { $case: 'setAutoProvision', value: { ...request, models: fromRestModelNames(said.models) } };
    }
    case 'integration-limits':
    case 'organization-limits':
    case 'workspace-key-limits':
      return {
        $case: 'changeLimits',
        value: {
          ...command,
          ...{ holder: { holder: holderIn(said) }, limits: limitsIn(said), atLeastPosition: '' },
        },
      };
  }
};

const limitsIn = ({ limits }: { readonly limits: Parameters<typeof fromRestWholeLimits>[0] }) =>
  fromRestWholeLimits(limits, 'limits');

type OfHolder = Extract<
  Previewed,
  { change: 'integration-limits' | 'organization-limits' | 'workspace-key-limits' }
>;

const holderIn = (said: OfHolder): provisioningV1.LimitHolder['holder'] => {
  switch (said.change) {
    case 'integration-limits':
      return { $case: 'integrationId', value: said.integration_id };
    case 'workspace-key-limits':
      return { $case: 'keysOfWorkspaceId', value: said.workspace_id };
    case 'organization-limits':
      return { $case: 'organization', value: {} };
  }
};

/** Which workspaces are told one by one. */
export const toldIn = (said: Previewed | z.output<typeof modelsPreviewed>): Told =>
  'page_size' in said ? { pageSize: said.page_size, skip: said.page_size * said.current_page } : NONE;

type Told = Pick<provisioningV1.PreviewCommandRequest, 'pageSize' | 'skip'>;

/** As the service says it. */
const NONE: Told = { pageSize: 0, skip: 0 };

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
    const unit = limit?.unit ?? 'usd';
    return {
      limit,
      from: timeOrNull(replay.from),
      until: timeOrNull(replay.until),
      ...toRestFared(replay, unit),
      unknown_requests: Number(replay.unknownRequests),
      keys: replay.keys ? toRestKeysReplay(replay.keys, unit) : null,
      workspaces: replay.workspaces ? toRestWorkspacesReplay(replay.workspaces, unit) : null,
    };
  }),
  models: models === undefined ? null : toRestModelsReplay(models),
});

export const toRestModelsReplay = (
  models: typeV1.ModelsReplay,
): NonNullable<ModelsPreviewAnswer['usage']> => ({
  from: timeOrNull(models.from),
  until: timeOrNull(models.until),
  requests: Number(models.requests),
  refused: Number(models.refused),
  models: models.models.map(({ model, requests }) => ({ model, requests: Number(requests) })),
  workspaces: models.workspaces ? toRestWorkspacesReplay(models.workspaces, 'usd') : null,
});

type Unit = Parameters<typeof amountIn>[0];

const toRestKeysReplay = ({ called, refused, keys }: typeV1.KeysReplay, unit: Unit) => ({
  called: Number(called),
  refused: Number(refused),
  data: keys.map((key) => ({ api_key_id: key.apiKeyId, ...toRestFared(key, unit) })),
});

const toRestWorkspacesReplay = (
  { called, refused, totalSize, workspaces }: typeV1.WorkspacesReplay,
  unit: Unit,
) => ({
  called: Number(called),
  refused: Number(refused),
  total: Number(totalSize),
  data: workspaces.map((one) => ({
    workspace: { id: one.workspaceId, name: one.workspaceName },
    ...toRestFared(one, unit),
  })),
});

type Fared = Pick<
  typeV1.LimitReplay,
  'requests' | 'spent' | 'refusedMin' | 'refusedMax' | 'ranOutAfter' | 'ranOutBefore'
>;

const toRestFared = (fared: Fared, unit: Unit) => ({
  requests: Number(fared.requests),
  spent: fared.spent === undefined ? null : amountIn(unit, fared.spent),
  refused_min: Number(fared.refusedMin),
  refused_max: Number(fared.refusedMax),
  ran_out_after: timeOrNull(fared.ranOutAfter),
  ran_out_before: timeOrNull(fared.ranOutBefore),
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
