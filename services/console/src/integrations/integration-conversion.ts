import { invalidField } from '@gatehouse/kernel';
import { registryV1, typeV1, type provisioningV1 } from '@gatehouse/proto-gen';
import { toRestLimits, toRestLimitsOrNull } from '../limits/limit-conversion';
import { shiftedRounded, unshifted } from '../rest/decimals';
import { MASK, toRestConfigurations, toRestMappings } from './configurations';
import type {
  IntegrationAnswer,
  IntegrationListed,
  ModelChange,
  ModelPricing,
  ModelsAnswer,
  WorkspaceAccessAnswer,
} from './integration.schema';

const { IntegrationStatus, PriceLayer } = registryV1;
const { CredentialKind } = typeV1;

export const toRestIntegration = (shown: registryV1.Integration): IntegrationListed => ({
  id: shown.id,
  organisation_id: shown.organizationId,
  ai_provider_id: shown.provider,
  name: shown.name,
  status: shown.status === IntegrationStatus.DISABLED ? 'archived' : 'active',
  slug: shown.slug,
  description: shown.description === '' ? null : shown.description,
  created_at: shown.connectedAt?.toISOString() ?? null,
  object: 'integration',
});

/** What is told of an integration beside itself. */
export interface IntegrationSurroundings {
  readonly workspaces: number;
  /** Undefined where new workspaces do not get it. */
  readonly policy: Pick<provisioningV1.AutoProvision, 'limits'> | undefined;
}

export const toRestIntegrationDetails = (
  shown: registryV1.Integration,
  { workspaces, policy }: IntegrationSurroundings,
): IntegrationAnswer => ({
  ...toRestIntegration(shown),
  type: shown.ownerWorkspaceId === '' ? 'organisation' : 'workspace',
  workspace_id: shown.ownerWorkspaceId === '' ? null : shown.ownerWorkspaceId,
  masked_key: shown.credentialKind === CredentialKind.NONE ? '' : MASK,
  configurations: toRestConfigurations(shown),
  allow_all_models: shown.modelAccess?.autoEnable ?? false,
  workspace_count: workspaces,
  global_workspace_access_settings:
    policy === undefined ? null : { enabled: true, ...toRestLimits(policy.limits) },
  secret_mappings: toRestMappings(shown),
  pricing_adjustments: null,
});

export const toRestAccess = ({
  workspaceId: id,
  enabled,
  limits,
}: provisioningV1.Provision): WorkspaceAccessAnswer => ({ id, enabled, ...toRestLimitsOrNull(limits) });

/** US cents per token, in nano-USD per million tokens: 10⁷ nano-USD a cent, 10⁶ tokens a million. */
const PRICE_PLACES = 13;

export const toRestModel = (model: registryV1.IntegrationModel): ModelsAnswer['models'][number] => ({
  slug: model.name,
  name: model.name,
  enabled: model.allowed,
  is_custom: model.custom,
  is_finetune: model.fineTuned,
  base_model_slug: model.baseModel === '' ? null : model.baseModel,
  pricing_config: isOwnPrice(model) ? toRestPricing(model.prices) : null,
});

/** Said for this integration, and not by the price book. */
const isOwnPrice = ({ priceLayer }: registryV1.IntegrationModel): boolean =>
  priceLayer === PriceLayer.OVERRIDE || priceLayer === PriceLayer.CUSTOM;

const toRestPricing = (prices: typeV1.Prices | undefined): ModelPricing | null => {
  const { input, output } = prices?.rates ?? {};
  if (input === undefined && output === undefined) return null;
  return {
    type: 'static',
    pay_as_you_go: {
      ...(input !== undefined && { request_token: { price: unshifted(input, PRICE_PLACES) } }),
      ...(output !== undefined && { response_token: { price: unshifted(output, PRICE_PLACES) } }),
    },
  };
};

/** Undefined where no price is said: what stands then stays. */
export const fromRestPricing = (
  pricing: ModelPricing | null | undefined,
  path: string,
): typeV1.Prices | undefined => {
  const { request_token: request, response_token: response } = pricing?.pay_as_you_go ?? {};
  if (request === undefined && response === undefined) return undefined;
  return typeV1.Prices.fromPartial({
    rates: {
      ...(request && { input: fromRestPrice(request.price, `${path}pay_as_you_go.request_token`) }),
      ...(response && { output: fromRestPrice(response.price, `${path}pay_as_you_go.response_token`) }),
    },
  });
};

const fromRestPrice = (price: number, path: string): bigint => {
  const perMillion = shiftedRounded(price, PRICE_PLACES);
  if (perMillion === undefined) throw invalidField(`${path}.price`, 'must be at most 9e5');
  return perMillion;
};

export const fromRestCustomModel = (
  model: ModelChange,
  prices: typeV1.Prices | undefined,
): typeV1.CustomModel =>
  typeV1.CustomModel.fromPartial({
    name: model.slug,
    baseModel: model.base_model_slug ?? '',
    fineTuned: model.is_finetune ?? false,
    prices,
    ...(model.context_window !== undefined && { contextWindow: BigInt(model.context_window) }),
    ...(model.max_output_tokens !== undefined && { maxOutputTokens: BigInt(model.max_output_tokens) }),
  });

/** An integration has one by its id, or by its slug. */
export const namedIntegration = (name: string): registryV1.GetIntegrationRequest =>
  /^int_[0-9a-z]{26}$/.test(name)
    ? { integrationId: name, atLeastPosition: '' }
    : { integrationId: '', slug: name, atLeastPosition: '' };

/** Letters and digits of a name, and what makes the slug one of its own. */
export const slugFromName = (name: string, requestId: string): string => {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('-');
  return `${words.slice(0, 57) || 'integration'}-${requestId.slice(0, 6)}`;
};
