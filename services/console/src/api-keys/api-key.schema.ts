import { z } from 'zod';
import { rateLimitAnswer, rateLimits, usageLimit, usageLimitAnswer } from '../limits/limit.schema';

export const apiKeyPath = z.object({ id: z.string() });

export const apiKeyKindPath = z.object({
  holder: z.enum(['organisation', 'workspace']),
  kind: z.enum(['service', 'user']),
});

const expiry = z.iso.datetime({ offset: true }).nullish().meta({ description: 'When it ends by itself.' });

/** How long a key that is replaced works on, where nobody says. */
export const OVERLAP_MS = 1_800_000;

const overlap = z
  .literal(OVERLAP_MS)
  .nullish()
  .meta({ description: 'Said by whoever rotates it, and half an hour where nobody says.' });
const period = z.enum(['weekly', 'monthly']);

const limits = {
  usage_limits: usageLimit.nullish(),
  rate_limits: rateLimits,
};

/** What keys have no words for: whoever means something by it is told so. */
const unsaid = {
  description: z.literal('').nullish(),
  alert_emails: z.array(z.string()).length(0).nullish(),
  defaults: z
    .object({
      metadata: z
        .record(z.string(), z.string())
        .refine((said) => Object.keys(said).length === 0)
        .nullish(),
      config_id: z.literal('').nullish(),
    })
    .nullish(),
};

export const apiKeyCreation = z.object({
  name: z.string(),
  scopes: z.array(z.string()).max(200),
  workspace_id: z.string().nullish().meta({ description: 'Id or slug; of a key of a workspace.' }),
  user_id: z.string().nullish().meta({ description: "Of a user's key." }),
  expires_at: expiry,
  rotation_policy: z
    .object({
      rotation_period: period,
      next_rotation_at: z.null().optional().meta({ description: 'Follows from the period.' }),
      key_transition_period_ms: overlap,
    })
    .nullish(),
  ...limits,
  ...unsaid,
});

export const apiKeyCreated = z.object({ id: z.string(), key: z.string(), object: z.literal('api-key') });

export const apiKeyChange = z.object({
  name: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  expires_at: expiry,
  rotation_policy: z
    .object({
      rotation_period: period.nullish(),
      next_rotation_at: z.iso.datetime({ offset: true }).nullish(),
      key_transition_period_ms: overlap,
    })
    .nullish(),
  reset_usage: z.boolean().nullish().meta({ description: 'Ends the present period of its budgets.' }),
  ...limits,
  ...unsaid,
});

export const apiKeyAnswer = z.object({
  id: z.string(),
  key: z.string().meta({ description: 'What it begins with.' }),
  name: z.string(),
  description: z.null(),
  type: z.enum(['organisation-service', 'organisation-user', 'workspace-service', 'workspace-user']),
  organisation_id: z.string(),
  workspace_id: z.string().nullable(),
  user_id: z.string().nullable(),
  status: z.literal('active'),
  creation_mode: z.literal('api'),
  usage_limits: usageLimitAnswer.nullable().meta({ description: 'The first, where it has several.' }),
  rate_limits: z.array(rateLimitAnswer).nullable(),
  scopes: z
    .array(z.string())
    .meta({ description: 'In the order in which they were given; none: all that its role has.' }),
  defaults: z.null(),
  alert_emails: z.null(),
  expires_at: z.string().nullable(),
  rotation_policy: z.object({ next_rotation_at: z.string().nullable() }).nullable(),
  created_at: z.string().nullable(),
  object: z.literal('api-key'),
});

export const apiKeyRotation = z.object({
  key_transition_period_ms: z
    .int()
    .min(OVERLAP_MS)
    .max(604_800_000)
    .nullish()
    .meta({ description: 'How long the key that is replaced works on; half an hour where it is absent.' }),
});

export const apiKeyRotated = z.object({
  id: z.string(),
  key: z.string(),
  key_transition_expires_at: z.string().nullable(),
});

export type ApiKeyAnswer = z.output<typeof apiKeyAnswer>;
export type ApiKeyChange = z.output<typeof apiKeyChange>;
