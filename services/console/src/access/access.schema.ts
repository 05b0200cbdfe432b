import { provisioningV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { wholeLimitAnswer } from '../limits/whole-limit.schema';
import { prices } from '../prices/price.schema';
import { wordsOf } from '../rest/words';

export const ACCESS_REASONS = wordsOf(provisioningV1.AccessReason);
export const MODEL_RULES = wordsOf(provisioningV1.ModelRule);
export const LIMIT_SCOPES = wordsOf(provisioningV1.LimitScope);
export const AI_PROVIDER_STATUSES = wordsOf(provisioningV1.AiProviderStatus);

const amount = z.string();

/** A limit that a call has to be admitted by, and what is left of it. */
export const applyingLimit = z.object({
  ...wholeLimitAnswer.shape,
  scope: LIMIT_SCOPES.schema.nullable(),
  scope_id: z.string(),
  left: amount.nullable().meta({ description: 'null: metering could not be asked, or has not heard of it.' }),
  spent: amount.nullable(),
  held: amount.nullable(),
  resets_at: z.string().nullable(),
  exhausted: z.boolean().nullable().meta({
    description:
      'Less is left than the cheapest call that was asked for in the period needs. null: it is not looked at, or metering could not be asked.',
  }),
});

export const accessExplained = z.object({
  allowed: z.boolean(),
  reason: ACCESS_REASONS.schema.nullable(),
  provision_id: z.string().nullable(),
  model_rule: MODEL_RULES.schema.nullable(),
  limits: z.array(applyingLimit),
  at: z.string().nullable(),
  resets_at: z.string().nullable(),
  object: z.literal('access'),
});

export const aiProvider = z.object({
  slug: z.string().meta({ description: 'Callers name its models `@slug/model`.' }),
  name: z.string(),
  provider: z.string(),
  provision_id: z.string(),
  model_count: z.int(),
  status: AI_PROVIDER_STATUSES.schema.nullable(),
  limits: z.array(applyingLimit),
  resets_at: z.string().nullable(),
  object: z.literal('ai-provider'),
});

export const availableModel = z.object({
  id: z.string().meta({ description: '`@slug/model`.' }),
  provider: z.string(),
  prices: prices.nullable(),
  context_window: z.int().nullable(),
  max_output_tokens: z.int().nullable(),
  object: z.literal('available-model'),
});

export type ApplyingLimitAnswer = z.output<typeof applyingLimit>;
export type AccessExplained = z.output<typeof accessExplained>;
export type AiProviderAnswer = z.output<typeof aiProvider>;
export type AvailableModelAnswer = z.output<typeof availableModel>;
