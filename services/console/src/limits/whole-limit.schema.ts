import { typeV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { wordsOf } from '../rest/words';

export const RATE_WINDOWS = wordsOf(typeV1.RateWindow);
export const RESET_PERIODS = wordsOf(typeV1.ResetPeriod);
export const WEEKDAYS = wordsOf(typeV1.Weekday);

const amount = z
  .string()
  .meta({ description: 'A decimal number: USD with at most nine decimals, whole tokens or requests.' });

const name = z.string().nullish().meta({ description: 'What it is called; it bounds nothing.' });

/** All that can be said of a limit. Portkey's shapes, in `limit.schema.ts`, say less. */
export const wholeLimit = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('budget'),
    name,
    unit: z.enum(['usd', 'tokens']),
    amount,
    reset: RESET_PERIODS.schema.default('never'),
    reset_days: z.int().min(1).max(365).nullish().meta({ description: 'Where it resets in days.' }),
    weekday: WEEKDAYS.schema
      .nullish()
      .meta({ description: 'On which weeks begin; on Sunday where none is named.' }),
    time_zone: z.string().nullish().meta({ description: 'An IANA name; UTC where none is named.' }),
    strict: z.boolean().default(false).meta({ description: 'What is in doubt stays charged.' }),
    alerts: z
      .array(z.int().min(1).max(100))
      .nullish()
      .meta({ description: 'Percent of it; absent: 50, 80, 90 and 100.' }),
  }),
  z.object({
    kind: z.literal('rate'),
    name,
    unit: z.enum(['requests', 'tokens']),
    amount,
    per: RATE_WINDOWS.schema,
  }),
]);

export const wholeLimits = z.array(wholeLimit).max(50);

export const wholeLimitAnswer = z.object({
  id: z.string(),
  name: z.string().nullable(),
  kind: z.enum(['budget', 'rate']),
  unit: z.enum(['usd', 'tokens', 'requests']),
  amount,
  per: RATE_WINDOWS.schema.nullable(),
  reset: RESET_PERIODS.schema.nullable(),
  reset_days: z.int().nullable(),
  weekday: WEEKDAYS.schema.nullable(),
  time_zone: z.string().nullable(),
  strict: z.boolean(),
  alerts: z.array(z.int()).nullable(),
  raise: z
    .object({ more: amount, until: z.string() })
    .nullable()
    .meta({ description: 'So much more until then.' }),
});

export type WholeLimit = z.output<typeof wholeLimit>;
export type WholeLimitAnswer = z.output<typeof wholeLimitAnswer>;
