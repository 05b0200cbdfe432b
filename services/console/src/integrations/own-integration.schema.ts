import { registryV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { actorAnswer } from '../actors/actor.schema';
import { CREDENTIAL_KINDS, DIALECTS, MODEL_KINDS } from '../catalog/catalog.schema';
import { givenCredential, reason, secretUse, settings } from '../drafts/draft.schema';
import { wholeLimitAnswer, wholeLimits } from '../limits/whole-limit.schema';
import { prices, usd } from '../prices/price.schema';
import { wordsOf } from '../rest/words';

export const INTEGRATION_STATUSES = wordsOf(registryV1.IntegrationStatus);
export const MODEL_ACCESS_REASONS = wordsOf(registryV1.ModelAccessReason);
export const PRICE_LAYERS = wordsOf(registryV1.PriceLayer);
export const MODEL_ACCESS_FILTERS = wordsOf(registryV1.ModelAccessFilter);

export const ownIntegrationPath = z.object({
  integration: z.string().meta({ description: 'Its id or its slug.' }),
});

export const deployment = z.object({
  alias: z.string(),
  deployment_name: z.string(),
  api_version: z.string(),
  model: z.string(),
  is_default: z.boolean().default(false),
});

export const modelNames = z
  .array(z.string())
  .nullable()
  .default(null)
  .meta({ description: 'null: all that the integration offers, now and later.' });

const customModel = z.object({
  name: z.string(),
  context_window: z.int().min(1),
  max_output_tokens: z.int().min(1),
  input_usd_per_million: usd.nullish(),
  output_usd_per_million: usd.nullish(),
  cached_input_usd_per_million: usd.nullish(),
  cache_write_usd_per_million: usd.nullish(),
});

export const ownIntegrationCreation = z.object({
  name: z.string(),
  slug: z.string(),
  description: z.string().default(''),
  reason,
  draft_id: z
    .string()
    .default('')
    .meta({ description: 'Has provider, settings and credential, in place of those here.' }),
  ...settings,
  credential_expires_at: z.iso.datetime({ offset: true }).nullish(),
  owner_workspace_id: z.string().default('').meta({ description: 'It belongs to this workspace alone.' }),
  deployments: z.array(deployment).default([]),
  models: z
    .array(z.string())
    .nullable()
    .default(null)
    .meta({ description: 'Those that it offers beside custom ones. null: all that the catalog lists now.' }),
  auto_enable_models: z.boolean().default(false),
  custom_models: z.array(customModel).default([]),
  workspaces: z
    .array(
      z.object({
        workspace_id: z.string(),
        limits: wholeLimits.default([]),
        models: modelNames,
        disabled: z.boolean().default(false),
      }),
    )
    .default([])
    .meta({
      description: 'All of them have it, or nothing comes to be. For more than 100 see auto_provision.',
    }),
  auto_provision: z
    .object({
      limits: wholeLimits.default([]),
      models: modelNames,
      existing: z.enum(['keep', 'override']).nullish().meta({
        description: 'Workspaces that are there have it too; where one has it already, this is done with it.',
      }),
    })
    .nullish()
    .meta({ description: 'Workspaces to come have it by themselves.' }),
});

export const healthAnswer = z.object({
  last_success_at: z.string().nullable(),
  last_refusal_at: z.string().nullable(),
  last_refusal: z.enum(['unauthorized', 'forbidden', 'rate-limited']).nullable(),
  credential_given_at: z.string().nullable(),
  credential_expires_at: z.string().nullable(),
  credential_rejected: z
    .boolean()
    .meta({ description: 'The provider refuses it, as far as calls have told.' }),
});

export const ownIntegrationAnswer = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  provider: z.string(),
  status: INTEGRATION_STATUSES.schema.nullable(),
  callable: z.boolean(),
  workspace: z
    .object({ id: z.string(), name: z.string().nullable() })
    .nullable()
    .meta({ description: 'That it belongs to; null: it is of the organization.' }),
  connected_by: actorAnswer.nullable(),
  connected_at: z.string().nullable(),
  connect_refusal: z.object({ workspace_id: z.string(), reason: z.string() }).nullable(),
  base_url: z.string().nullable(),
  custom_host: z.string().nullable(),
  local: z.boolean(),
  api: DIALECTS.schema.nullable(),
  model_hosts: z.record(z.string(), z.string()),
  fields: z.record(z.string(), z.string()),
  header_names: z.array(z.string()),
  references: z.record(z.string(), secretUse),
  external_id: z.string().nullable(),
  credential_kind: CREDENTIAL_KINDS.schema.nullable(),
  credential_version: z.int(),
  credential_fingerprint: z.string(),
  credential_needed: z
    .boolean()
    .meta({ description: 'Given anew, it follows its provider to where that has moved.' }),
  deployments: z.array(deployment),
  auto_enable_models: z.boolean(),
  price_multiplier: z.number().meta({ description: "Of the price book's prices: 0.8 takes a fifth off." }),
  health: healthAnswer,
  workspace_count: z.int().nullable().meta({ description: 'That have it, enabled or not.' }),
  enabled_workspace_count: z.int().nullable(),
  model_count: z
    .int()
    .nullable()
    .meta({ description: 'Offered by name; with auto_enable_models more can be called.' }),
  revision: z.string(),
  object: z.literal('integration'),
});

export const ownIntegrationDetails = z.object({
  ...ownIntegrationAnswer.shape,
  auto_provision: z
    .object({
      limits: z.array(wholeLimitAnswer),
      models: z.array(z.string()).nullable(),
      revision: z.string().meta({ description: 'To be given back by whoever changes it.' }),
    })
    .nullable(),
});

export const ownIntegrationChange = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  enabled: z.boolean().optional(),
  reason,
});

export const credentialRotation = z.object({
  ...givenCredential,
  credential_expires_at: z.iso.datetime({ offset: true }).nullish(),
  reason,
});

export const integrationModel = z.object({
  name: z.string(),
  kind: MODEL_KINDS.schema.nullable(),
  allowed: z.boolean(),
  access_reason: MODEL_ACCESS_REASONS.schema.nullable(),
  prices: prices.nullable().meta({ description: 'null: unpriced, which is not free.' }),
  price_layer: PRICE_LAYERS.schema.nullable(),
  context_window: z.int().nullable(),
  max_output_tokens: z.int().nullable(),
  capabilities: z.array(z.string()),
  custom: z.boolean(),
  fine_tuned: z.boolean(),
  base_model: z.string().nullable(),
  withdrawn: z.boolean(),
  successor: z.string().nullable(),
  unknown: z.boolean().meta({ description: 'Nothing is known of it but its name.' }),
  used_by: z
    .array(z.object({ id: z.string(), name: z.string().nullable() }))
    .meta({ description: 'Of what is withdrawn and allowed: up to 100 workspaces that may call it.' }),
  object: z.literal('integration-model'),
});

export const modelAccessChange = z.object({
  selection: z.enum(['all', 'none']).nullish().meta({ description: 'First; then single models.' }),
  auto_enable: z.boolean().nullish(),
  allow: z.array(z.string()).default([]),
  revoke: z.array(z.string()).default([]),
  reason,
});

export type OwnIntegrationCreation = z.output<typeof ownIntegrationCreation>;
export type OwnIntegrationAnswer = z.output<typeof ownIntegrationAnswer>;
export type OwnIntegrationDetails = z.output<typeof ownIntegrationDetails>;
export type OwnIntegrationChange = z.output<typeof ownIntegrationChange>;
export type HealthAnswer = z.output<typeof healthAnswer>;
export type IntegrationModelAnswer = z.output<typeof integrationModel>;
