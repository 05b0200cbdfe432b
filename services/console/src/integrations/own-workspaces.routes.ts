import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { ownIntegrationDetails, ownIntegrationPath } from './own-integration.schema';
import {
  autoProvisionChange,
  bulkAnswer,
  workspaceOfIntegration,
  workspacesOfIntegrationChange,
  workspacesOfIntegrationChanged,
} from './own-workspaces.schema';

const ONE = '/v1/gatehouse/integrations/{integration}';

export const listWorkspacesOfIntegration = route({
  method: 'GET',
  url: `${ONE}/workspaces`,
  summary: 'Workspaces, each with what it has of the integration and where its limits stand',
  path: ownIntegrationPath,
  query: z.object({
    ...pageQuery,
    search: z
      .string()
      .default('')
      .meta({ description: 'Is contained in the name of the workspace; goes with every workspace.' }),
    access: z.enum(['all', 'enabled', 'disabled']).default('all'),
  }),
  answer: listOf(workspaceOfIntegration),
});

export const changeWorkspacesOfIntegration = route({
  method: 'PUT',
  url: `${ONE}/workspaces`,
  summary: 'Gives it to workspaces, enables, disables and limits it there, for some or for all',
  path: ownIntegrationPath,
  body: workspacesOfIntegrationChange,
  answer: workspacesOfIntegrationChanged,
});

export const changeAutoProvision = route({
  method: 'PUT',
  url: `${ONE}/auto-provision`,
  summary: 'Whether workspaces to come get it by themselves, and with which limits',
  path: ownIntegrationPath,
  body: autoProvisionChange,
  answer: ownIntegrationDetails,
});

export const getBulk = route({
  method: 'GET',
  url: '/v1/gatehouse/bulks/{bulk}',
  summary: 'How far a change of all workspaces is',
  path: z.object({ bulk: z.string() }),
  answer: bulkAnswer,
});

export const OWN_WORKSPACES_ROUTES = [
  listWorkspacesOfIntegration,
  changeWorkspacesOfIntegration,
  changeAutoProvision,
  getBulk,
];
