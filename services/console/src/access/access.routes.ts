import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { workspacePath } from '../named-workspace/workspace.path';
import { accessExplained, aiProvider, availableModel } from './access.schema';

const WORKSPACE = '/v1/gatehouse/workspaces/{workspace}';
const search = z.string().default('');

export const explainAccess = route({
  method: 'GET',
  url: '/v1/gatehouse/access',
  summary: 'What would come of a call, and why, before it is made',
  query: z.object({
    workspace_id: z.string().optional().meta({ description: 'Id or slug; or else a key.' }),
    api_key_id: z.string().optional().meta({ description: 'Its own limits apply, too.' }),
    provider: z.string().default('').meta({ description: 'The slug, with or without its @.' }),
    model: z.string().default(''),
    at: z.iso.datetime({ offset: true }).optional(),
  }),
  answer: accessExplained,
});

export const listAiProviders = route({
  method: 'GET',
  url: `${WORKSPACE}/providers`,
  summary: 'The AI providers of a workspace, with what is left of the limits that apply',
  path: workspacePath,
  query: z.object({ ...pageQuery, search }),
  answer: listOf(aiProvider),
});

export const listAvailableModels = route({
  method: 'GET',
  url: `${WORKSPACE}/models`,
  summary: "A workspace's model catalog: what its keys can name now",
  path: workspacePath,
  query: z.object({ ...pageQuery, search }),
  answer: listOf(availableModel),
});

export const ACCESS_ROUTES = [explainAccess, listAiProviders, listAvailableModels];
