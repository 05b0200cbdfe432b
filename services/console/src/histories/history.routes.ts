import { z } from 'zod';
import { ownIntegrationPath } from '../integrations/own-integration.schema';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { workspacePath } from '../named-workspace/workspace.path';
import { historyChange } from './history.schema';

const query = z.object({
  ...pageQuery,
  type: z.string().default(''),
  actor_id: z.string().default(''),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});

const answer = z.object({
  ...listOf(historyChange).shape,
  names: z
    .record(z.string(), z.string())
    .meta({ description: 'Of workspaces, integrations and keys as they are called now, by their ids.' }),
});

export const listHistory = route({
  method: 'GET',
  url: '/v1/gatehouse/history',
  summary: 'What was changed in the organization, the newest first',
  query,
  answer,
});

export const listIntegrationHistory = route({
  method: 'GET',
  url: '/v1/gatehouse/integrations/{integration}/history',
  summary: 'What was changed of an integration, its limits and its policy for new workspaces',
  path: ownIntegrationPath,
  query,
  answer,
});

export const listWorkspaceHistory = route({
  method: 'GET',
  url: '/v1/gatehouse/workspaces/{workspace}/history',
  summary: 'What was changed of a workspace and of what it is provisioned with',
  path: workspacePath,
  query,
  answer,
});

export const HISTORY_ROUTES = [listHistory, listIntegrationHistory, listWorkspaceHistory];
