import { z } from 'zod';
import { connectionTest, liveModels, reason } from '../drafts/draft.schema';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import {
  credentialRotation,
  deployment,
  integrationModel,
  INTEGRATION_STATUSES,
  MODEL_ACCESS_FILTERS,
  modelAccessChange,
  ownIntegrationAnswer,
  ownIntegrationChange,
  ownIntegrationCreation,
  ownIntegrationDetails,
  ownIntegrationPath,
} from './own-integration.schema';

const ALL = '/v1/gatehouse/integrations';
const ONE = `${ALL}/{integration}`;
const DEPLOYMENTS = `${ONE}/deployments`;
const DEPLOYMENT = `${DEPLOYMENTS}/{alias}`;

const deploymentPath = z.object({ ...ownIntegrationPath.shape, alias: z.string() });

export const listOwnIntegrations = route({
  method: 'GET',
  url: ALL,
  summary: 'Integrations with who connected them, how they fare, and how many workspaces have them',
  query: z.object({
    ...pageQuery,
    scope: z.enum(['organization', 'workspace', 'all']).default('all'),
    mine: z
      .stringbool()
      .default(false)
      .meta({ description: 'Connected by the member behind this key, or by it.' }),
    search: z.string().default('').meta({ description: 'Is contained in name or slug.' }),
    provider: z.string().default(''),
    status: INTEGRATION_STATUSES.schema.optional(),
    workspace_id: z.string().default('').meta({ description: 'Only those that it has.' }),
    order_by: z
      .string()
      .default('')
      .meta({ description: '`connected_at`, `name` or `slug`; ` desc` turns it round.' }),
  }),
  answer: listOf(ownIntegrationAnswer),
});

export const createOwnIntegration = route({
  method: 'POST',
  url: ALL,
  summary: 'Connects a provider with its models, its workspaces and their limits: all of it, or nothing',
  body: ownIntegrationCreation,
  answer: ownIntegrationAnswer,
});

export const getOwnIntegration = route({
  method: 'GET',
  url: ONE,
  summary: 'An integration, without its credential',
  path: ownIntegrationPath,
  answer: ownIntegrationDetails,
});

export const changeOwnIntegration = route({
  method: 'PUT',
  url: ONE,
  summary: 'Changes what is named, each a change of its own, in the order name, description, enabled',
  path: ownIntegrationPath,
  body: ownIntegrationChange,
  answer: ownIntegrationDetails,
});

export const deleteOwnIntegration = route({
  method: 'DELETE',
  url: ONE,
  summary: 'Deletes it for good; while a workspace has it, by force alone',
  path: ownIntegrationPath,
  query: z.object({ force: z.stringbool().default(false), reason }),
});

export const testIntegration = route({
  method: 'POST',
  url: `${ONE}/test`,
  summary: 'Shows its credential to the provider, at what costs nothing there',
  asks: true,
  path: ownIntegrationPath,
  answer: connectionTest,
});

export const rotateCredential = route({
  method: 'POST',
  url: `${ONE}/rotate`,
  summary: 'Seals a new credential in place of the one that it has',
  path: ownIntegrationPath,
  body: credentialRotation,
  answer: ownIntegrationDetails,
});

export const addDeployment = route({
  method: 'POST',
  url: DEPLOYMENTS,
  summary: 'Adds a deployment; the first is the default',
  path: ownIntegrationPath,
  body: z.object({ ...deployment.shape, reason }),
  answer: ownIntegrationDetails,
});

export const changeDeployment = route({
  method: 'PUT',
  url: DEPLOYMENT,
  summary: 'Changes the deployment of an alias, and makes it the default where it says so',
  path: deploymentPath,
  body: z.object({ ...deployment.omit({ alias: true }).shape, reason }),
  answer: ownIntegrationDetails,
});

export const removeDeployment = route({
  method: 'DELETE',
  url: DEPLOYMENT,
  summary: 'Removes a deployment; the default only where it is the last',
  path: deploymentPath,
  query: z.object({ reason }),
  answer: ownIntegrationDetails,
});

export const listOwnIntegrationModels = route({
  method: 'GET',
  url: `${ONE}/models`,
  summary: 'Its models by name: whether and why each is offered, and what it costs',
  path: ownIntegrationPath,
  query: z.object({
    ...pageQuery,
    search: z.string().default(''),
    access: MODEL_ACCESS_FILTERS.schema.optional(),
  }),
  answer: listOf(integrationModel),
});

export const changeOwnIntegrationModels = route({
  method: 'PUT',
  url: `${ONE}/models`,
  summary: 'Changes which models it offers, all in one step',
  path: ownIntegrationPath,
  body: modelAccessChange,
  answer: ownIntegrationDetails,
});

export const listLiveIntegrationModels = route({
  method: 'GET',
  url: `${ONE}/live-models`,
  summary: 'What the provider lists now',
  path: ownIntegrationPath,
  answer: liveModels,
});

export const OWN_INTEGRATION_ROUTES = [
  listOwnIntegrations,
  createOwnIntegration,
  getOwnIntegration,
  changeOwnIntegration,
  deleteOwnIntegration,
  testIntegration,
  rotateCredential,
  addDeployment,
  changeDeployment,
  removeDeployment,
  listOwnIntegrationModels,
  changeOwnIntegrationModels,
  listLiveIntegrationModels,
];
