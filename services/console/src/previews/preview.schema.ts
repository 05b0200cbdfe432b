import { provisioningV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { modelNames } from '../integrations/own-integration.schema';
import { existing } from '../integrations/own-workspaces.schema';
import { wholeLimitAnswer, wholeLimits } from '../limits/whole-limit.schema';
import { wordsOf } from '../rest/words';

export const INTEGRATION_CHANGES = wordsOf(provisioningV1.IntegrationChange);
export const CHANGE_EFFECTS = wordsOf(provisioningV1.ChangeEffect);

/** Of workspaces that are told one by one. */
const told = {
  page_size: z.int().min(1).max(100).default(20),
  current_page: z.int().min(0).max(100_000).default(0),
};

/** A change that could be made. */
export const previewed = z.discriminatedUnion('change', [
  z.object({
    change: z.literal('provision'),
    integration_id: z.string(),
    workspace_id: z.string(),
    limits: wholeLimits.default([]),
    models: modelNames,
  }),
  z.object({ change: z.literal('provision-limits'), provision_id: z.string(), limits: wholeLimits }),
  z.object({ change: z.literal('provision-models'), provision_id: z.string(), models: modelNames }),
  z.object({ change: z.literal('provision-enabled'), provision_id: z.string() }),
  z.object({ change: z.literal('workspace-limits'), workspace_id: z.string(), limits: wholeLimits }),
  z.object({ change: z.literal('api-key-limits'), api_key_id: z.string(), limits: wholeLimits }),
  z.object({ change: z.literal('integration-limits'), integration_id: z.string(), limits: wholeLimits }),
  z.object({ change: z.literal('organization-limits'), limits: wholeLimits }),
  z.object({
    change: z.literal('workspace-key-limits').meta({ description: 'Of each key of a workspace.' }),
    workspace_id: z.string(),
    limits: wholeLimits,
  }),
  z.object({
    change: z.literal('api-key-models'),
    api_key_id: z.string(),
    models: modelNames.meta({ description: 'Named `@slug/model`; null: all of its workspace.' }),
  }),
  z.object({
    change: z.literal('bulk-provision'),
    integration_id: z.string(),
    workspace_ids: z.array(z.string()).max(1_000).nullish().meta({ description: 'Absent: all.' }),
    limits: wholeLimits.default([]),
    models: modelNames,
    existing,
    ...told,
  }),
  z.object({
    change: z.literal('auto-provision').meta({ description: 'Seen as if every workspace were a new one.' }),
    integration_id: z.string(),
    limits: wholeLimits.default([]),
    models: modelNames,
    ...told,
  }),
]);

/** How one of many would have fared by itself. */
const fared = {
  requests: z.int(),
  spent: z
    .string()
    .nullable()
    .meta({ description: 'In the unit of the limit; null: it is a rate, or models.' }),
  refused_min: z.int(),
  refused_max: z.int(),
  ran_out_after: z.string().nullable(),
  ran_out_before: z.string().nullable(),
};

const workspacesReplay = z
  .object({
    called: z.int(),
    refused: z.int().meta({ description: 'Of which calls would have been refused, or may have been.' }),
    total: z.int().meta({ description: 'That can be told one by one.' }),
    data: z.array(z.object({ workspace: z.object({ id: z.string(), name: z.string() }), ...fared })),
  })
  .nullable()
  .meta({ description: 'Where each workspace would have it for itself, the most used first.' });

const modelsReplay = z.object({
  from: z.string().nullable(),
  until: z.string().nullable(),
  requests: z.int(),
  refused: z.int(),
  models: z.array(z.object({ model: z.string(), requests: z.int() })),
  workspaces: workspacesReplay,
});

const limitReplay = z.object({
  limit: wholeLimitAnswer.nullable(),
  from: z.string().nullable(),
  until: z.string().nullable(),
  ...fared,
  unknown_requests: z
    .int()
    .meta({ description: 'Whose tokens or cost are unknown: more might have been refused.' }),
  keys: z
    .object({
      called: z.int(),
      refused: z.int(),
      data: z.array(z.object({ api_key_id: z.string(), ...fared })),
    })
    .nullable()
    .meta({ description: 'Where each key would have it for itself; the most refused first, at most 100.' }),
  workspaces: workspacesReplay,
});

export const preview = z.object({
  events: z.array(z.object({ stream: z.string(), type: z.string(), data: z.unknown() })),
  lets_more: z.boolean(),
  needs_approval: z.boolean(),
  usage: z
    .object({
      limits: z.array(limitReplay),
      models: modelsReplay.nullable(),
    })
    .nullable()
    .meta({ description: 'How the last period would have fared.' }),
  usage_unknown: z.boolean().meta({ description: 'Metering could not be asked.' }),
  object: z.literal('preview'),
});

export const modelsPreviewed = z.object({
  only: z.array(z.string()).min(1).max(1_000).optional(),
  without: z.array(z.string()).min(1).max(1_000).optional(),
  ...told,
});

export const modelsPreview = z.object({
  usage: modelsReplay.nullable().meta({ description: 'null: metering could not be asked.' }),
  object: z.literal('models-preview'),
});

export const hitProvision = z.object({
  provision_id: z.string(),
  slug: z.string(),
  workspace: z.object({ id: z.string(), name: z.string() }),
  effect: CHANGE_EFFECTS.schema.nullable(),
  keys: z
    .array(z.object({ id: z.string(), name: z.string(), prefix: z.string() }))
    .meta({ description: 'The first hundred that may call by it.' }),
  key_count: z.int(),
  object: z.literal('hit-provision'),
});

export type Previewed = z.output<typeof previewed>;
export type ModelsPreviewAnswer = z.output<typeof modelsPreview>;
export type PreviewAnswer = z.output<typeof preview>;
export type HitProvisionAnswer = z.output<typeof hitProvision>;
