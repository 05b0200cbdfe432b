import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import {
  integrationAnswer,
  integrationChange,
  integrationCreated,
  integrationCreation,
  integrationListed,
  integrationPath,
  modelsAnswer,
  modelsChange,
  workspacesAnswer,
  workspacesChange,
} from './integration.schema';

const ALL = '/v1/integrations';
const ONE = `${ALL}/{slug}`;

export const listIntegrations = route({
  method: 'GET',
  url: ALL,
  summary: 'Integrations, the oldest first',
  query: z.object({
    ...pageQuery,
    workspace_id: z.string().optional().meta({ description: 'Id or slug: only those that it has.' }),
    type: z.enum(['workspace', 'organisation', 'all']).default('all'),
  }),
  answer: z.object({ object: z.literal('list'), total: z.int(), data: z.array(integrationListed) }),
});

export const createIntegration = route({
  method: 'POST',
  url: ALL,
  summary: 'Connects a provider; every model is allowed until PUT …/models says otherwise',
  body: integrationCreation,
  answer: integrationCreated,
});

export const getIntegration = route({
  method: 'GET',
  url: ONE,
  summary: 'An integration, its secrets masked',
  path: integrationPath,
  answer: integrationAnswer,
});

export const changeIntegration = route({
  method: 'PUT',
  url: ONE,
  summary:
    'Changes what is named: credential and form first, then name, then description, each a change of its own',
  path: integrationPath,
  body: integrationChange,
});

export const deleteIntegration = route({
  method: 'DELETE',
  url: ONE,
  summary: 'Deletes it for good, unless a workspace of the organization has it enabled',
  path: integrationPath,
});

export const listIntegrationWorkspaces = route({
  method: 'GET',
  url: `${ONE}/workspaces`,
  summary: 'Every workspace that it is provisioned to',
  path: integrationPath,
  answer: workspacesAnswer,
});

export const changeIntegrationWorkspaces = route({
  method: 'PUT',
  url: `${ONE}/workspaces`,
  summary: 'Says for each workspace named all of its access: limits that are not said are taken away',
  path: integrationPath,
  body: workspacesChange,
});

export const listIntegrationModels = route({
  method: 'GET',
  url: `${ONE}/models`,
  summary: 'Every model that is known of it, and whether it is allowed',
  path: integrationPath,
  answer: modelsAnswer,
});

export const changeIntegrationModels = route({
  method: 'PUT',
  url: `${ONE}/models`,
  summary: 'Changes the models named; the others stay as they are',
  path: integrationPath,
  body: modelsChange,
});

export const deleteIntegrationModels = route({
  method: 'DELETE',
  url: `${ONE}/models`,
  summary: 'Removes custom models, by the query or by the body',
  path: integrationPath,
  query: z.object({ slugs: z.string().optional().meta({ description: 'Separated by commas.' }) }),
  body: z.object({ models: z.array(z.union([z.string(), z.object({ slug: z.string() })])).optional() }),
});

export const INTEGRATION_ROUTES = [
  listIntegrations,
  createIntegration,
  getIntegration,
  changeIntegration,
  deleteIntegration,
  listIntegrationWorkspaces,
  changeIntegrationWorkspaces,
  listIntegrationModels,
  changeIntegrationModels,
  deleteIntegrationModels,
];
