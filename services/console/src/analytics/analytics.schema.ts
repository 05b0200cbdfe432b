import { z } from 'zod';
import { pageQuery } from '../rest/paging';

const figures = z.record(z.string(), z.number().nullable());

export const graph = z.object({
  object: z.literal('analytics-graph'),
  summary: figures.meta({ description: 'Costs in US cents, latencies in milliseconds; null: unknown.' }),
  data_points: z.array(z.looseObject({ timestamp: z.string() })),
});

export const group = z.object({
  object: z.literal('analytics-group'),
  requests: z.int(),
  cost: z.number().meta({ description: 'US cents.' }),
});

const filter = z.string().optional();

/** What of Portkey's filters is not counted by: whoever means something by one is told so. */
const NOT_COUNTED_BY = [
  'virtual_keys',
  'configs',
  'status_code',
  'cache_status',
  'total_units_min',
  'total_units_max',
  'cost_min',
  'cost_max',
  'prompt_token_min',
  'prompt_token_max',
  'completion_token_min',
  'completion_token_max',
  'weighted_feedback_min',
  'weighted_feedback_max',
] as const;

const time = z.iso.datetime({ offset: true });

export const analyticsQuery = z.object({
  ...pageQuery,
  time_of_generation_min: time,
  time_of_generation_max: time,
  workspace_slug: filter.meta({ description: 'Or its id; the organization where it is absent.' }),
  api_key_ids: filter.meta({ description: 'One.' }),
  ai_org_model: filter.meta({ description: 'One: `org__model`.' }),
  metadata: filter.meta({ description: 'A JSON object of one pair, as text.' }),
  ...Object.fromEntries(NOT_COUNTED_BY.map((name) => [name, filter.meta({ description: 'Refused.' })])),
});

export const refusedFilterOf = (query: Readonly<Record<string, unknown>>): string | undefined =>
  NOT_COUNTED_BY.find((name) => query[name] !== undefined && query[name] !== '');

export type GraphAnswer = z.output<typeof graph>;
export type AnalyticsQuery = z.output<typeof analyticsQuery>;
