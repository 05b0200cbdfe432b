import { z } from 'zod';
import { reason } from '../drafts/draft.schema';
import { wholeLimitAnswer, wholeLimits } from '../limits/whole-limit.schema';

export const limitScopePath = z.object({
  scope: z.string().meta({
    description: 'Id of a provision, workspace, API key, integration, or of the organization.',
  }),
});

/** Limits as they were said; where they stand is metering's to tell. */
export const configuredLimits = z.object({
  scope_id: z.string(),
  limits: z.array(wholeLimitAnswer),
  revision: z.string().meta({ description: 'To be given back by whoever changes them.' }),
  object: z.literal('configured-limits'),
});

/** Of what is to become another, so that nobody else's change is undone unseen. */
export const revisionRead = z
  .string()
  .regex(/^-?\d{1,18}$/)
  .nullish()
  .meta({ description: 'As it was read: refused (409) where somebody has changed something since.' });

export const configuredLimitsChange = z.object({
  limits: wholeLimits.meta({ description: 'All of them: what is not among them is taken away.' }),
  revision: revisionRead,
  reason,
});

export type ConfiguredLimitsAnswer = z.output<typeof configuredLimits>;
export type ConfiguredLimitsChange = z.output<typeof configuredLimitsChange>;
