import { z } from 'zod';
import { count } from '../rest/count';

/** What may be spent; in USD, or in tokens. Absent and null say nothing. */
export const usageLimit = z.object({
  type: z.enum(['cost', 'tokens']).default('cost'),
  credit_limit: z
    .number()
    .positive()
    .meta({ description: 'USD with at most nine decimals, or whole tokens.' }),
  alert_threshold: z
    .number()
    .positive()
    .nullish()
    .meta({ description: 'In the unit of the limit; a whole percentage of it.' }),
  periodic_reset: z.enum(['monthly', 'weekly']).nullish(),
  periodic_reset_days: z.int().min(1).max(365).nullish(),
});

/** What may be asked in one window; 0 is no limit. */
export const rateLimit = z.object({
  type: z.enum(['requests', 'tokens']).default('requests'),
  unit: z.enum(['rps', 'rpm', 'rph', 'rpd', 'rpw']).meta({ description: 'rps and rpw are refused.' }),
  value: z.int().min(0),
});

export const usageLimits = z.array(usageLimit).nullish();
export const rateLimits = z.array(rateLimit).nullish();

export const usageLimitAnswer = z.object({
  type: z.enum(['cost', 'tokens']),
  credit_limit: z.number(),
  alert_threshold: z.number().nullable(),
  periodic_reset: z.enum(['monthly', 'weekly']).nullable(),
  periodic_reset_days: z.int().nullable(),
});

export const rateLimitAnswer = z.object({
  type: z.enum(['requests', 'tokens']),
  unit: z.enum(['rpm', 'rph', 'rpd']),
  value: count,
});

export type UsageLimit = z.output<typeof usageLimit>;
export type RateLimit = z.output<typeof rateLimit>;
export type UsageLimitAnswer = z.output<typeof usageLimitAnswer>;
export type RateLimitAnswer = z.output<typeof rateLimitAnswer>;
