import { z } from 'zod';
import { rateLimitAnswer, rateLimits, usageLimitAnswer, usageLimits } from '../limits/limit.schema';

const defaults = z
  .object({ metadata: z.record(z.string(), z.string()).nullish() })
  .meta({ description: 'What its usage is counted by where a request says nothing.' });

export const workspaceAnswer = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  icon: z.string().nullable(),
  description: z.string().nullable(),
  created_at: z.string().nullable(),
  status: z.enum(['active', 'archived']),
  defaults: z.object({ metadata: z.record(z.string(), z.string()) }).nullable(),
  usage_limits: z.array(usageLimitAnswer).nullable().meta({ description: 'null: none.' }),
  rate_limits: z.array(rateLimitAnswer).nullable(),
  object: z.literal('workspace'),
});

const settings = {
  icon: z.string().nullish(),
  description: z.string().nullish(),
  defaults: defaults.nullish(),
  usage_limits: usageLimits,
  rate_limits: rateLimits,
};

export const workspaceCreation = z.object({
  name: z.string(),
  slug: z.string().nullish(),
  users: z
    .array(z.string())
    .max(100)
    .nullish()
    .meta({ description: 'Ids of members, who become members of it.' }),
  ...settings,
});

export const workspaceChange = z.object({
  name: z.string().optional(),
  ...settings,
});

export const workspaceDeletion = z.object({
  name: z.string().optional().meta({ description: 'Its name, as a confirmation, where it is given.' }),
});

export type WorkspaceAnswer = z.output<typeof workspaceAnswer>;
export type WorkspaceChange = z.output<typeof workspaceChange>;
export type WorkspaceCreation = z.output<typeof workspaceCreation>;
