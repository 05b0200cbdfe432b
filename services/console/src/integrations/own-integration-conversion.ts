import { provisioningV1, registryV1, type typeV1 } from '@gatehouse/proto-gen';
import { type Names, toRestActor } from '../actors/named-actors';
import { CREDENTIAL_KINDS, DIALECTS, MODEL_KINDS } from '../catalog/catalog.schema';
import { fromRestSettings } from '../drafts/draft-conversion';
import { fromRestWholeLimits } from '../limits/whole-limit-conversion';
import { toRestPrices } from '../prices/price-conversion';
import { unshifted, usdIn } from '../rest/decimals';
import { numberOrNull, timeOrNull } from '../rest/or-null';
import {
  type HealthAnswer,
  INTEGRATION_STATUSES,
  type IntegrationModelAnswer,
  MODEL_ACCESS_REASONS,
  type OwnIntegrationAnswer,
  type OwnIntegrationCreation,
  PRICE_LAYERS,
} from './own-integration.schema';

const { ExistingProvisions } = provisioningV1;

/** Of a price multiplier: ten-thousandths. */
const MULTIPLIER_PLACES = 4;

export const EXISTING = {
  keep: ExistingProvisions.KEEP,
  override: ExistingProvisions.OVERRIDE,
} as const;

export const fromRestOwnCreation = (
  requestId: string,
  said: OwnIntegrationCreation,
): registryV1.ConnectIntegrationRequest => ({
  requestId,
  ...fromRestSettings(said),
  ...{ name: said.name, slug: said.slug, description: said.description, draftId: said.draft_id },
  ownerWorkspaceId: said.owner_workspace_id,
  credentialExpiresAt: instantIn(said.credential_expires_at),
  deployments: said.deployments.map(fromRestDeployment),
  models: said.models ?? [],
  onlyNamedModels: said.models !== null,
  autoEnableModels: said.auto_enable_models,
  customModels: said.custom_models.map((model, index) => fromRestFlatModel(model, `custom_models[${index}]`)),
  workspaces: said.workspaces.map((workspace, index) => ({
    workspaceId: workspace.workspace_id,
    limits: fromRestWholeLimits(workspace.limits, `workspaces[${index}].limits`),
    models: fromRestModelNames(workspace.models),
    disabled: workspace.disabled,
  })),
  autoProvision: said.auto_provision
    ? {
        limits: fromRestWholeLimits(said.auto_provision.limits, 'auto_provision.limits'),
        models: fromRestModelNames(said.auto_provision.models),
        existing: said.auto_provision.existing
          ? EXISTING[said.auto_provision.existing]
          : ExistingProvisions.UNSPECIFIED,
      }
    : undefined,
  // Workspaces that were just made are waited for.
  atLeastPosition: '0',
});

export const instantIn = (text: string | null | undefined): Date | undefined =>
  text ? new Date(text) : undefined;

/** null: all. */
export const fromRestModelNames = (
  names: readonly string[] | null,
): provisioningV1.ModelAccess | undefined => (names === null ? undefined : { all: false, names: [...names] });

export const toRestModelNames = (models: provisioningV1.ModelAccess | undefined): string[] | null =>
  models === undefined || models.all ? null : models.names;

type RestDeployment = OwnIntegrationCreation['deployments'][number];

export const fromRestDeployment = (said: RestDeployment): typeV1.Deployment => ({
  alias: said.alias,
  deploymentName: said.deployment_name,
  apiVersion: said.api_version,
  model: said.model,
  isDefault: said.is_default,
});

const toRestOwnDeployment = (deployment: typeV1.Deployment): RestDeployment => ({
  alias: deployment.alias,
  deployment_name: deployment.deploymentName,
  api_version: deployment.apiVersion,
  model: deployment.model,
  is_default: deployment.isDefault,
});

const fromRestFlatModel = (
  said: OwnIntegrationCreation['custom_models'][number],
  field: string,
): typeV1.Model => ({
  name: said.name,
  contextWindow: BigInt(said.context_window),
  maxOutputTokens: BigInt(said.max_output_tokens),
  inputNanoUsdPerMillion: priceIn(said, 'input_usd_per_million', field),
  outputNanoUsdPerMillion: priceIn(said, 'output_usd_per_million', field),
  cachedInputNanoUsdPerMillion: priceIn(said, 'cached_input_usd_per_million', field),
  cacheWriteNanoUsdPerMillion: priceIn(said, 'cache_write_usd_per_million', field),
});

const priceIn = <Field extends string>(
  said: { readonly [F in Field]?: string | null | undefined },
  name: Field,
  field: string,
): bigint | undefined => {
  const price = said[name];
  return price === undefined || price === null ? undefined : usdIn(price, `${field}.${name}`);
};

/** What is told of an integration beside itself. */
export interface Surroundings {
  /** Absent while the integration is not listed any more. */
  readonly counts: registryV1.IntegrationSurroundings | undefined;
  readonly keyNames: Names;
  readonly workspaceNames: Names;
}

export const toRestOwnIntegration = (
  shown: registryV1.Integration,
  { counts, keyNames, workspaceNames }: Surroundings,
): OwnIntegrationAnswer => ({
  id: shown.id,
  slug: shown.slug,
  name: shown.name,
  description: shown.description || null,
  provider: shown.provider,
  status: INTEGRATION_STATUSES.of(shown.status),
  callable: shown.served,
  workspace:
    shown.ownerWorkspaceId === ''
      ? null
      : { id: shown.ownerWorkspaceId, name: workspaceNames.get(shown.ownerWorkspaceId) ?? null },
  connected_by: toRestActor(shown.connectedBy, keyNames),
  connected_at: timeOrNull(shown.connectedAt),
  connect_refusal:
    shown.connectRefusal === undefined
      ? null
      : { workspace_id: shown.connectRefusal.workspaceId, reason: shown.connectRefusal.reason },
  base_url: shown.baseUrl || null,
  custom_host: shown.customHost || null,
  local: shown.local,
  api: DIALECTS.of(shown.api),
  model_hosts: shown.modelHosts,
  fields: shown.fields,
  header_names: shown.headerNames,
  references: shown.references,
  external_id: shown.externalId || null,
  credential_kind: CREDENTIAL_KINDS.of(shown.credentialKind),
  credential_version: shown.credentialVersion,
  credential_fingerprint: shown.credentialFingerprint,
  credential_needed: shown.credentialNeeded,
  deployments: shown.deployments.map(toRestOwnDeployment),
  auto_enable_models: shown.modelAccess?.autoEnable ?? false,
  price_multiplier: unshifted(shown.priceMultiplier, MULTIPLIER_PLACES),
  health: toRestHealth(counts?.health ?? shown.health, shown.credentialRejected),
  workspace_count: counts?.workspaces ?? null,
  enabled_workspace_count: counts?.enabledWorkspaces ?? null,
  model_count: counts?.models ?? null,
  revision: String(shown.revision),
  object: 'integration',
});

const toRestHealth = (health: registryV1.IntegrationHealth | undefined, rejected: boolean): HealthAnswer => {
  const refusals = [
    ['unauthorized', health?.lastUnauthorizedAt],
    ['forbidden', health?.lastForbiddenAt],
    ['rate-limited', health?.lastRateLimitedAt],
  ] as const;
  const [last] = refusals
    .flatMap(([kind, at]) => (at === undefined ? [] : [{ kind, at }]))
    .sort((one, other) => other.at.getTime() - one.at.getTime());
  return {
    last_success_at: timeOrNull(health?.lastSuccessAt),
    last_refusal_at: last?.at.toISOString() ?? null,
    last_refusal: last?.kind ?? null,
    credential_given_at: timeOrNull(health?.credentialGivenAt),
    credential_expires_at: timeOrNull(health?.credentialExpiresAt),
    credential_rejected: rejected,
  };
};

export const toRestIntegrationModel = (
  model: registryV1.IntegrationModel,
  workspaceNames: Names,
): IntegrationModelAnswer => ({
  name: model.name,
  kind: MODEL_KINDS.of(model.kind),
  allowed: model.allowed,
  access_reason: MODEL_ACCESS_REASONS.of(model.accessReason),
  prices: toRestPrices(model.prices),
  price_layer: PRICE_LAYERS.of(model.priceLayer),
  context_window: numberOrNull(model.contextWindow),
  max_output_tokens: numberOrNull(model.maxOutputTokens),
  capabilities: model.capabilities,
  custom: model.custom,
  fine_tuned: model.fineTuned,
  base_model: model.baseModel || null,
  withdrawn: model.withdrawn,
  successor: model.successor || null,
  unknown: model.unknown,
  used_by: model.workspaceIds.map((id) => ({ id, name: workspaceNames.get(id) ?? null })),
  object: 'integration-model',
});
