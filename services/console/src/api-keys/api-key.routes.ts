import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import {
  apiKeyAnswer,
  apiKeyChange,
  apiKeyCreated,
  apiKeyCreation,
  apiKeyKindPath,
  apiKeyPath,
  apiKeyRotated,
  apiKeyRotation,
} from './api-key.schema';

const ALL = '/v1/api-keys';
const ONE = `${ALL}/{id}`;

export const listApiKeys = route({
  method: 'GET',
  url: ALL,
  summary: 'Keys that work, the oldest first',
  query: z.object({ ...pageQuery, workspace_id: z.string().optional() }),
  answer: z.object({ object: z.literal('list'), total: z.int(), data: z.array(apiKeyAnswer) }),
});

export const createApiKey = route({
  method: 'POST',
  url: `${ALL}/{holder}/{kind}`,
  summary: 'Issues a key, which the answer has once',
  path: apiKeyKindPath,
  body: apiKeyCreation,
  answer: apiKeyCreated,
});

export const getApiKey = route({
  method: 'GET',
  url: ONE,
  summary: 'A key that works',
  path: apiKeyPath,
  answer: apiKeyAnswer,
});

export const changeApiKey = route({
  method: 'PUT',
  url: ONE,
  summary:
    'Changes its limits, the list that is named; null clears. What else is said has to be as it is, but for reset_usage',
  path: apiKeyPath,
  body: apiKeyChange,
});

export const deleteApiKey = route({ method: 'DELETE', url: ONE, summary: 'Revokes a key', path: apiKeyPath });

export const rotateApiKey = route({
  method: 'POST',
  url: `${ONE}/rotate`,
  summary: 'Another secret for a key, which the answer has once',
  path: apiKeyPath,
  body: apiKeyRotation,
  answer: apiKeyRotated,
});

export const API_KEY_ROUTES = [
  listApiKeys,
  createApiKey,
  getApiKey,
  changeApiKey,
  deleteApiKey,
  rotateApiKey,
];
