import { z } from 'zod';
import { providerPath, workspaceQuery } from '../providers/provider.schema';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import {
  virtualKeyAnswer,
  virtualKeyChange,
  virtualKeyCreated,
  virtualKeyCreation,
  virtualKeyNamed,
} from './virtual-key.schema';

const ALL = '/v1/virtual-keys';
const ONE = `${ALL}/{slug}`;

export const listVirtualKeys = route({
  method: 'GET',
  url: ALL,
  summary: 'The same as /v1/providers, as older clients know them',
  query: z.object({
    ...pageQuery,
    workspace_id: z.string().optional().meta({ description: 'Id or slug: only its own.' }),
  }),
  answer: z.object({ object: z.literal('list'), total: z.int(), data: z.array(virtualKeyAnswer) }),
});

export const createVirtualKey = route({
  method: 'POST',
  url: ALL,
  summary: 'Connects a provider for one workspace alone',
  body: virtualKeyCreation,
  answer: virtualKeyCreated,
});

export const getVirtualKey = route({
  method: 'GET',
  url: ONE,
  summary: 'A provider of a workspace',
  path: providerPath,
  query: z.object(workspaceQuery),
  answer: virtualKeyAnswer,
});

export const changeVirtualKey = route({
  method: 'PUT',
  url: ONE,
  summary: 'As of a provider; and the key of what belongs to the workspace',
  path: providerPath,
  query: z.object(workspaceQuery),
  body: virtualKeyChange,
  answer: virtualKeyNamed,
});

export const deleteVirtualKey = route({
  method: 'DELETE',
  url: ONE,
  summary:
    "Deletes the integration where it belongs to the workspace, else disables the workspace's provision",
  path: providerPath,
  query: z.object(workspaceQuery),
});

export const VIRTUAL_KEY_ROUTES = [
  listVirtualKeys,
  createVirtualKey,
  getVirtualKey,
  changeVirtualKey,
  deleteVirtualKey,
];
