import { z } from 'zod';
import { reason } from '../drafts/draft.schema';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { limitDetails, standingLimit } from './standing-limit.schema';

const ONE = '/v1/gatehouse/limits/{limit}';
const limitPath = z.object({ limit: z.string() });

export const listStandingLimits = route({
  method: 'GET',
  url: '/v1/gatehouse/scopes/{scope}/limits',
  summary:
    'Where the limits of a provision, workspace, API key, integration or organization stand, by its id',
  path: z.object({ scope: z.string() }),
  query: z.object(pageQuery),
  answer: listOf(standingLimit),
});

export const getLimit = route({
  method: 'GET',
  url: ONE,
  summary: 'Where a limit stands, and at what it alerts',
  path: limitPath,
  answer: limitDetails,
});

export const resetLimit = route({
  method: 'POST',
  url: `${ONE}/reset`,
  summary: 'Ends the present period of a budget: all of it may be spent once more',
  path: limitPath,
  body: z.object({
    reason: z
      .string()
      .min(1)
      .meta(reason.meta() ?? {}),
  }),
  answer: limitDetails,
});

export const STANDING_LIMIT_ROUTES = [listStandingLimits, getLimit, resetLimit];
