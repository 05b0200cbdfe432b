import { provisioningV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { modelNames } from '../integrations/own-integration.schema';
import { wholeLimitAnswer, wholeLimits } from '../limits/whole-limit.schema';
import { wordsOf } from '../rest/words';

export const INTEGRATION_CHANGES = wordsOf(provisioningV1.IntegrationChange);
export const CHANGE_EFFECTS = wordsOf(provisioningV1.ChangeEffect);

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
]);

const limitReplay = z.object({
  limit: wholeLimitAnswer.nullable(),
  from: z.string().nullable(),
  until: z.string().nullable(),
  requests: z.int(),
  spent: z.string().nullable().meta({ description: 'In the unit of the limit; null: it is a rate.' }),
  refused_min: z.int(),
  refused_max: z.int(),
  ran_out_after: z.string().nullable(),
  ran_out_before: z.string().nullable(),
  unknown_requests: z
    .int()
    .meta({ description: 'Whose tokens or cost are unknown: more might have been refused.' }),
});

export const preview = z.object({
  events: z.array(z.object({ stream: z.string(), type: z.string(), data: z.unknown() })),
  lets_more: z.boolean(),
  needs_approval: z.boolean(),
  usage: z
    .object({
      limits: z.array(limitReplay),
      models: z
        .object({
          from: z.string().nullable(),
          until: z.string().nullable(),
          requests: z.int(),
          refused: z.int(),
          models: z.array(z.object({ model: z.string(), requests: z.int() })),
        })
        .nullable(),
    })
    .nullable()
    .meta({ description: 'How the last period would have fared.' }),
  usage_unknown: z.boolean().meta({ description: 'Metering could not be asked.' }),
  object: z.literal('preview'),
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
export type PreviewAnswer = z.output<typeof preview>;
export type HitProvisionAnswer = z.output<typeof hitProvision>;
