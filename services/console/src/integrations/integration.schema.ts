import { z } from 'zod';
import { rateLimitAnswer, rateLimits, usageLimitAnswer, usageLimits } from '../limits/limit.schema';

export const integrationPath = z.object({
  slug: z.string().meta({ description: 'Of the integration, or its id.' }),
});

const integrationRow = {
  id: z.string(),
  organisation_id: z.string(),
  ai_provider_id: z.string().meta({ description: "A provider's name in the catalog." }),
  name: z.string(),
  status: z
    .enum(['active', 'archived'])
    .meta({ description: 'archived: it is disabled, and serves nobody.' }),
  slug: z.string(),
  description: z.string().nullable(),
  created_at: z.string().nullable(),
  object: z.literal('integration'),
};

export const integrationListed = z.object(integrationRow);

const configurations = z.record(z.string(), z.unknown()).meta({
  description:
    "The provider's form, by Portkey's names where it has some, and by the catalog's own. Secrets are answered as a mask.",
});

/** A field of the credential that is a secret elsewhere. */
const secretMapping = z.object({
  target_field: z
    .string()
    .meta({ description: '`key`, or `configurations.` and the name of a secret field.' }),
  secret_reference_id: z.string().meta({ description: 'Slug of a secret reference.' }),
  secret_key: z
    .string()
    .nullish()
    .meta({ description: 'A member of the secret, where that is an object in JSON; absent: the whole.' }),
});

export const integrationAnswer = z.object({
  ...integrationRow,
  type: z.enum(['organisation', 'workspace']),
  workspace_id: z.string().nullable(),
  masked_key: z.string(),
  configurations,
  allow_all_models: z.boolean(),
  workspace_count: z.int(),
  global_workspace_access_settings: z
    .object({
      enabled: z.boolean(),
      usage_limits: z.array(usageLimitAnswer),
      rate_limits: z.array(rateLimitAnswer),
    })
    .nullable(),
  secret_mappings: z.array(secretMapping).nullable(),
  pricing_adjustments: z.null(),
});

/** What the product has no words for yet: whoever means something by it is told so. */
const nothingYet = z.union([z.null(), z.array(z.unknown()).length(0)]).optional();

const settings = {
  key: z.string().optional().meta({ description: "The provider's key; write-only." }),
  description: z.string().nullish(),
  configurations: configurations.nullish(),
  secret_mappings: z.array(secretMapping).max(20).nullish(),
  pricing_adjustments: nothingYet,
};

export const integrationCreation = z.object({
  name: z.string(),
  ai_provider_id: z.string(),
  slug: z.string().nullish().meta({ description: 'Made from the name where it is absent.' }),
  workspace_id: z.string().nullish().meta({ description: 'Id or slug: it belongs to this workspace alone.' }),
  create_default_provider: z
    .boolean()
    .nullish()
    .meta({ description: "Of a workspace's own: it has one, and false is refused." }),
  default_provider_slug: z
    .string()
    .nullish()
    .meta({ description: "Of a workspace's own: the integration's." }),
  ...settings,
});

export const integrationCreated = z.object({ id: z.string(), slug: z.string() });

export const integrationChange = z.object({ name: z.string().optional(), ...settings });

export const workspaceAccess = z.object({
  id: z.string().meta({ description: 'Id or slug of a workspace.' }),
  enabled: z.boolean(),
  usage_limits: usageLimits,
  rate_limits: rateLimits,
  reset_usage: z.boolean().nullish().meta({ description: 'Ends the present period of its budgets.' }),
});

export const workspacesChange = z.object({
  workspaces: z.array(workspaceAccess).max(1_000).nullish(),
  global_workspace_access: z
    .object({ enabled: z.boolean(), usage_limits: usageLimits, rate_limits: rateLimits })
    .nullish(),
  override_existing_workspace_access: z.boolean().nullish(),
  override_existing_workspaces_access: z
    .boolean()
    .nullish()
    .meta({ description: 'The same, as the SDKs spell it.' }),
});

export const workspacesAnswer = z.object({
  total: z.int(),
  workspaces: z.array(
    z.object({
      id: z.string(),
      enabled: z.boolean(),
      usage_limits: z.array(usageLimitAnswer).nullable().meta({ description: 'null: none.' }),
      rate_limits: z.array(rateLimitAnswer).nullable(),
    }),
  ),
});

const price = z.object({ price: z.number().min(0).meta({ description: 'US cents per token.' }) });

const pricing = z.object({
  type: z.literal('static').default('static'),
  pay_as_you_go: z.object({ request_token: price.optional(), response_token: price.optional() }),
});

const modelAccess = {
  slug: z.string().meta({ description: "The model's name at the provider." }),
  enabled: z.boolean(),
};

export const modelChange = z.object({
  ...modelAccess,
  is_custom: z.boolean().nullish(),
  is_finetune: z.boolean().nullish(),
  base_model_slug: z.string().nullish(),
  pricing_config: pricing.nullish(),
  context_window: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Tokens; of a custom model without a base model.' }),
  max_output_tokens: z.int().min(1).optional().meta({ description: 'Likewise.' }),
});

export const modelsChange = z.object({
  models: z.array(modelChange).max(500).nullish(),
  allow_all_models: z.boolean().nullish(),
});

export const modelsAnswer = z.object({
  total: z.int(),
  allow_all_models: z.boolean(),
  models: z.array(
    z.object({
      ...modelAccess,
      name: z.string(),
      is_custom: z.boolean(),
      is_finetune: z.boolean(),
      base_model_slug: z.string().nullable(),
      pricing_config: pricing.nullable(),
    }),
  ),
});

export type SecretMapping = z.output<typeof secretMapping>;
export type IntegrationListed = z.output<typeof integrationListed>;
export type IntegrationAnswer = z.output<typeof integrationAnswer>;
export type IntegrationCreation = z.output<typeof integrationCreation>;
export type IntegrationChange = z.output<typeof integrationChange>;
export type WorkspacesChange = z.output<typeof workspacesChange>;
export type WorkspaceAccess = z.output<typeof workspaceAccess>;
export type ModelChange = z.output<typeof modelChange>;
export type ModelPricing = z.output<typeof pricing>;
export type WorkspaceAccessAnswer = z.output<typeof workspacesAnswer>['workspaces'][number];
export type ModelsAnswer = z.output<typeof modelsAnswer>;
