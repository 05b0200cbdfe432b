import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import {
  providerAnswer,
  providerChange,
  providerCreation,
  providerNamed,
  providerPath,
  workspaceQuery,
} from './provider.schema';

const ALL = '/v1/providers';
const ONE = `${ALL}/{slug}`;

export const listProviders = route({
  method: 'GET',
  url: ALL,
  summary: 'What workspaces may call: their provisions that are enabled, the oldest first',
  query: z.object({
    ...pageQuery,
    workspace_id: z.string().optional().meta({ description: 'Id or slug: only its own.' }),
  }),
  answer: z.object({ object: z.literal('list'), total: z.int(), data: z.array(providerAnswer) }),
});

export const createProvider = route({
  method: 'POST',
  url: ALL,
  summary:
    'Provisions an integration to a workspace; one that it has already, and that nobody has named, is called so',
  body: providerCreation,
  answer: providerNamed,
});

export const getProvider = route({
  method: 'GET',
  url: ONE,
  summary: 'A provider of a workspace',
  path: providerPath,
  query: z.object(workspaceQuery),
  answer: providerAnswer,
});

export const changeProvider = route({
  method: 'PUT',
  url: ONE,
  summary: 'Changes what is named, each a change of its own; null clears limits and the end',
  path: providerPath,
  query: z.object(workspaceQuery),
  body: providerChange,
  answer: providerNamed,
});

export const deleteProvider = route({
  method: 'DELETE',
  url: ONE,
  summary: 'Disables the provision: nobody in the workspace calls it, within a second',
  path: providerPath,
  query: z.object(workspaceQuery),
});

export const PROVIDER_ROUTES = [listProviders, createProvider, getProvider, changeProvider, deleteProvider];
