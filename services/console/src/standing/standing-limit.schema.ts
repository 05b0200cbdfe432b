import { meteringV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { wordsOf } from '../rest/words';

export const SCOPE_KINDS = wordsOf(meteringV1.ScopeKind);

const amount = z.string().meta({ description: 'In the unit of the limit, a decimal number.' });

/** Where a limit stands in its present period. */
export const standingLimit = z.object({
  id: z.string(),
  scope_kind: SCOPE_KINDS.schema.nullable(),
  scope_id: z.string(),
  kind: z.enum(['budget', 'rate']),
  unit: z.enum(['usd', 'tokens', 'requests']),
  amount,
  spent: amount.meta({ description: 'For good; what is in doubt included.' }),
  held: amount.meta({ description: 'For calls that may still come, or are under way.' }),
  left: amount,
  doubt: amount.meta({ description: 'Of what is spent or held: nobody knows whether it was billed.' }),
  quarantined: amount.meta({ description: 'Of what is held: by gateways that have fallen silent.' }),
  period_start: z.string().nullable(),
  resets_at: z.string().nullable().meta({ description: 'null: never.' }),
  exhausted: z.boolean().nullable().meta({ description: 'null: it is not looked at.' }),
  object: z.literal('standing-limit'),
});

export const limitDetails = z.object({
  ...standingLimit.shape,
  alerts: z.array(z.int()).meta({ description: 'At which percentages somebody is told.' }),
  alerts_crossed: z.array(z.int()),
});

export type StandingLimitAnswer = z.output<typeof standingLimit>;
export type LimitDetailsAnswer = z.output<typeof limitDetails>;
