import { provisioningV1 } from '@gatehouse/proto-gen';
import { amountIn, toRestWholeLimit } from '../limits/whole-limit-conversion';
import { toRestPrices } from '../prices/price-conversion';
import { numberOrNull, timeOrNull } from '../rest/or-null';
import { shownIn } from '../adapters/grpc/shown-in';
import {
  ACCESS_REASONS,
  type AccessExplained,
  AI_PROVIDER_STATUSES,
  type AiProviderAnswer,
  type ApplyingLimitAnswer,
  type AvailableModelAnswer,
  LIMIT_SCOPES,
  MODEL_RULES,
} from './access.schema';

export const toRestExplained = (said: provisioningV1.ExplainAccessResponse): AccessExplained => ({
  allowed: said.allowed,
  reason: ACCESS_REASONS.of(said.reason),
  provision_id: said.provisionId || null,
  model_rule: MODEL_RULES.of(said.modelRule),
  limits: said.limits.map(toRestApplyingLimit),
  at: timeOrNull(said.at),
  resets_at: timeOrNull(said.resetsAt),
  object: 'access',
});

const toRestApplyingLimit = ({
  scope,
  scopeId,
  limit,
  left,
}: provisioningV1.ApplyingLimit): ApplyingLimitAnswer => {
  const whole = toRestWholeLimit(shownIn(limit));
  const known = left?.$case === 'known' ? left.value : undefined;
  const amount = (value: bigint | undefined) => (value === undefined ? null : amountIn(whole.unit, value));
  return {
    ...whole,
    scope: LIMIT_SCOPES.of(scope),
    scope_id: scopeId,
    left: amount(known?.remaining),
    spent: amount(known?.spent),
    held: amount(known?.held),
    resets_at: timeOrNull(known?.resetsAt),
    exhausted: known?.exhausted ?? null,
  };
};

export const toRestAiProvider = (provider: provisioningV1.AiProvider): AiProviderAnswer => ({
  slug: provider.slug,
  name: provider.name,
  provider: provider.provider,
  provision_id: provider.provisionId,
  model_count: provider.modelCount,
  status: AI_PROVIDER_STATUSES.of(provider.status),
  limits: provider.limits.map(toRestApplyingLimit),
  resets_at: timeOrNull(provider.resetsAt),
  object: 'ai-provider',
});

export const toRestAvailableModel = (model: provisioningV1.AvailableModel): AvailableModelAnswer => ({
  id: model.id,
  provider: model.provider,
  prices: toRestPrices(model.prices),
  context_window: numberOrNull(model.contextWindow),
  max_output_tokens: numberOrNull(model.maxOutputTokens),
  object: 'available-model',
});
