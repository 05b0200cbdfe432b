import { meteringV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { usd } from '../prices/price.schema';
import { count } from '../rest/count';
import { wordsOf } from '../rest/words';

export const USAGE_DIMENSIONS = wordsOf(meteringV1.UsageDimension);
export const USAGE_INTERVALS = wordsOf(meteringV1.UsageInterval);
export const USAGE_OUTCOMES = wordsOf(meteringV1.UsageOutcome);

const latency = z.object({ requests: z.int(), p50_ms: z.int(), p90_ms: z.int(), p99_ms: z.int() }).nullable();

/** What was used, summed by what was asked for; the rest is null. */
export const usageRow = z.object({
  begins: z.string().nullable().meta({ description: 'When the interval begins.' }),
  day: z.string().nullable(),
  workspace_id: z.string().nullable(),
  provision_id: z.string().nullable(),
  integration_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  outcome: USAGE_OUTCOMES.schema.nullable(),
  user: z.string().nullable(),
  metadata_value: z.string().nullable(),
  requests: z.int(),
  input_tokens: count,
  output_tokens: count,
  cost: usd,
  doubt: usd.meta({ description: 'Beyond the cost: what may have been billed, and nobody knows yet.' }),
  unknown_requests: z.int().meta({ description: 'Whose usage or price is unknown: not in the sums.' }),
  first_byte: latency,
  total: latency,
});

export const usageAnswer = z.object({
  object: z.literal('usage'),
  rows: z.array(usageRow),
  names: z
    .record(z.string(), z.string())
    .meta({ description: 'Of the first 200 workspaces, integrations and keys each, by their ids.' }),
});

export type UsageAnswer = z.output<typeof usageAnswer>;
export type UsageRowAnswer = z.output<typeof usageRow>;
