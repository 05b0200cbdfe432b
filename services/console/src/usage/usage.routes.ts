import { z } from 'zod';
import { DOWNLOAD, route } from '../rest/route';
import { USAGE_DIMENSIONS, USAGE_INTERVALS, USAGE_OUTCOMES, usageAnswer } from './usage.schema';

const USAGE = '/v1/gatehouse/usage';
const text = z.string().default('');

export const getUsage = route({
  method: 'GET',
  url: USAGE,
  summary: 'What was used and what it cost, by whatever is asked for; what is unknown or in doubt apart',
  query: z.object({
    group_by: z
      .string()
      .default('')
      .transform((words) => words.split(',').filter((word) => word !== ''))
      .pipe(z.array(USAGE_DIMENSIONS.schema))
      .meta({
        description: `Separated by commas: ${USAGE_DIMENSIONS.schema.options.join(', ')}. By user or metadata, calls without one are in no row.`,
      }),
    every: USAGE_INTERVALS.schema.optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional().meta({ description: 'With its whole minute.' }),
    workspace_id: text.meta({ description: 'Id or slug.' }),
    integration_id: text,
    provision_id: text,
    api_key_id: text,
    provider: text,
    model: text,
    user: text,
    outcome: USAGE_OUTCOMES.schema.optional(),
    metadata_key: text,
    latency: z.stringbool().default(false),
  }),
  answer: usageAnswer,
});

export const exportUsage = route({
  method: 'GET',
  url: `${USAGE}/export`,
  summary: 'Every attempt of a month as a file; cells are no formulas to a spreadsheet',
  query: z.object({
    month: z.string().meta({ description: 'YYYY-MM, UTC.' }),
    workspace_id: text.meta({ description: 'Id or slug; of the organization where none is named.' }),
    format: z.enum(['csv', 'jsonl']).default('csv'),
  }),
  answer: DOWNLOAD,
});

export const USAGE_ROUTES = [getUsage, exportUsage];
