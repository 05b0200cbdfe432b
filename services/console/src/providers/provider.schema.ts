import { z } from 'zod';
import { rateLimit, rateLimitAnswer, usageLimit, usageLimitAnswer } from '../limits/limit.schema';

export const providerPath = z.object({
  slug: z.string().meta({ description: 'Of the provider, or its id.' }),
});

export const workspaceQuery = {
  workspace_id: z
    .string()
    .optional()
    .meta({ description: 'Id or slug; needed where several workspaces have a provider of this slug.' }),
};

/** What provisions have no words for: whoever means something by it is told so. */
const note = z.literal('').nullish();

export const providerSettings = {
  note,
  usage_limits: usageLimit.nullish(),
  rate_limits: z
    .union([rateLimit, z.array(rateLimit)])
    .nullish()
    .meta({ description: 'One, or a list.' }),
  expires_at: z.iso.datetime({ offset: true }).nullish().meta({ description: 'When it ends by itself.' }),
};

export const providerCreation = z.object({
  name: z.string(),
  integration_id: z.string().meta({ description: 'Id or slug of an integration.' }),
  workspace_id: z.string().nullish().meta({ description: 'Id or slug.' }),
  slug: z.string().nullish().meta({ description: "The integration's where it is absent." }),
  ...providerSettings,
});

export const providerChange = z.object({
  name: z.string().optional(),
  workspace_id: z.string().nullish().meta({ description: 'As in the query.' }),
  reset_usage: z.boolean().nullish().meta({ description: 'Ends the present period of its budget.' }),
  ...providerSettings,
});

export const providerNamed = z.object({
  id: z.string(),
  slug: z.string(),
  object: z.literal('provider'),
});

export const providerAnswer = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  integration_id: z.string(),
  ai_provider_name: z.string().meta({ description: "The provider's name in the catalog." }),
  workspace_id: z.string(),
  note: z.null(),
  status: z.enum(['active', 'exhausted', 'expired']).nullable().meta({
    description: 'null: what its budget has spent is unknown, or the caller may not see it.',
  }),
  usage_limits: usageLimitAnswer.nullable().meta({ description: 'The first, where it has several.' }),
  rate_limits: z.array(rateLimitAnswer).nullable(),
  reset_usage: z.null(),
  created_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  object: z.literal('provider'),
});

export type ProviderAnswer = z.output<typeof providerAnswer>;
export type ProviderCreation = z.output<typeof providerCreation>;
export type ProviderChange = z.output<typeof providerChange>;
