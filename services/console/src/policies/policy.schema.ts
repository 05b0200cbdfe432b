import { z } from 'zod';
import { count } from '../rest/count';

export const policyPath = z.object({ id: z.string() });
export const entityPath = z.object({ id: z.string(), entity: z.string() });

const value = z
  .union([z.string(), z.array(z.string()).length(1)])
  .meta({ description: 'Id or slug of a workspace.' });

/** Of which calls: those of one workspace. Portkey has more of them, which are refused. */
const conditions = z
  .array(
    z.object({
      key: z.literal('workspace_id'),
      value,
      excludes: z.union([z.null(), z.literal(''), z.array(z.string()).length(0)]).optional(),
    }),
  )
  .length(1);

/** By what usage is told apart: each key has a limit of its own. */
const groupBy = z.array(z.object({ key: z.literal('api_key') })).length(1);

const name = z.string().min(1).max(100).optional();

const subject = {
  name,
  conditions,
  group_by: groupBy,
  workspace_id: z.string().nullish().meta({ description: 'That of the condition, where it is said.' }),
};

const budget = {
  credit_limit: z.number().positive().meta({ description: 'USD of a cost, or whole tokens; of each key.' }),
  alert_threshold: z.number().positive().nullish(),
  periodic_reset: z.enum(['monthly', 'weekly']).nullish(),
  periodic_reset_days: z.int().min(1).max(365).nullish(),
};

const rate = {
  unit: z.enum(['rpm', 'rph', 'rpd', 'rpw']).meta({ description: 'rpw is refused.' }),
  value: z.int().min(1),
};

/** Of another status a policy is deleted. */
const status = z.literal('active').nullish();

export const usagePolicyCreation = z.object({ ...subject, type: z.enum(['cost', 'tokens']), ...budget });

export const usagePolicyChange = z.object({
  name,
  conditions: conditions.optional().meta({ description: 'As they are.' }),
  status,
  ...budget,
  credit_limit: budget.credit_limit.optional(),
  reset_usage_for_value: z
    .union([z.string(), z.array(z.string()).max(100)])
    .nullish()
    .meta({ description: 'Keys, by their ids, whose present period ends.' }),
});

export const ratePolicyCreation = z.object({
  ...subject,
  type: z.enum(['requests', 'tokens']),
  ...rate,
  target: z.literal('llm').nullish(),
});

export const ratePolicyChange = z.object({
  name,
  conditions: conditions.optional().meta({ description: 'As they are.' }),
  status,
  unit: rate.unit.optional().meta({ description: 'As it is: another window is another policy.' }),
  value: rate.value.optional(),
});

export const usagePolicyNamed = z.object({ id: z.string(), object: z.literal('policy-usage-limits') });
export const ratePolicyNamed = z.object({ id: z.string(), object: z.literal('policy-rate-limits') });

const common = {
  id: z.string(),
  name: z.string().nullable(),
  conditions: z.array(z.object({ key: z.literal('workspace_id'), value: z.string() })),
  group_by: z.array(z.object({ key: z.literal('api_key') })),
  status: z.literal('active'),
  workspace_id: z.string(),
  organisation_id: z.string(),
  created_at: z.null().meta({ description: 'Not kept.' }),
  last_updated_at: z.null().meta({ description: 'Not kept.' }),
};

const keyUsage = z.object({
  current_usage: z.number().nullable().meta({ description: 'Spent in the present period; null: unknown.' }),
  status: z.enum(['active', 'exhausted']).nullable(),
});

export const usagePolicyAnswer = z.object({
  ...common,
  type: z.enum(['cost', 'tokens']),
  credit_limit: z.number(),
  alert_threshold: z.number().nullable(),
  periodic_reset: z.enum(['monthly', 'weekly']).nullable(),
  periodic_reset_days: z.int().nullable(),
  next_usage_reset_at: z.null().meta({ description: 'Each key has periods of its own.' }),
  last_reset_at: z.null(),
  value_key_usage_map: z
    .record(z.string(), keyUsage)
    .optional()
    .meta({ description: 'By the ids of keys; where include_usage asks for it.' }),
  object: z.literal('policy-usage-limits'),
});

export const ratePolicyAnswer = z.object({
  ...common,
  type: z.enum(['requests', 'tokens']),
  unit: z.enum(['rpm', 'rph', 'rpd']),
  value: count,
  target: z.literal('llm'),
  object: z.literal('policy-rate-limits'),
});

export const entityAnswer = z.object({
  id: z.string(),
  value_key: z.string().meta({ description: 'The id of a key.' }),
  ...keyUsage.shape,
});

export type PolicySubject = Pick<
  z.output<typeof usagePolicyCreation>,
  'name' | 'conditions' | 'workspace_id'
>;
export type UsagePolicyCreation = z.output<typeof usagePolicyCreation>;
export type UsagePolicyChange = z.output<typeof usagePolicyChange>;
export type RatePolicyCreation = z.output<typeof ratePolicyCreation>;
export type RatePolicyChange = z.output<typeof ratePolicyChange>;
export type UsagePolicyAnswer = z.output<typeof usagePolicyAnswer>;
export type RatePolicyAnswer = z.output<typeof ratePolicyAnswer>;
export type KeyUsage = z.output<typeof keyUsage>;
export type EntityAnswer = z.output<typeof entityAnswer>;
