import { z } from 'zod';
import { listOf, route } from '../rest/route';
import { analyticsQuery, graph, group } from './analytics.schema';

export const getGraph = route({
  method: 'GET',
  url: '/v1/analytics/graphs/{metric}',
  summary: 'A metric over time: cost, errors, errors-rate, latency, requests, tokens, users',
  path: z.object({ metric: z.string() }),
  query: analyticsQuery,
  answer: graph,
});

/** PyPI's SDK has slashes where npm's has dashes. */
export const getSlashedGraph = route({
  method: 'GET',
  url: '/v1/analytics/graphs/{metric}/{part}',
  summary: 'The same, spelled in two',
  path: z.object({ metric: z.string(), part: z.string() }),
  query: analyticsQuery,
  answer: graph,
});

export const listGroups = route({
  method: 'GET',
  url: '/v1/analytics/groups/{by}',
  summary: 'Requests and costs of each: ai-models, users, workspaces, model, provider, workspace, api_key',
  path: z.object({ by: z.string() }),
  query: analyticsQuery,
  answer: listOf(group.loose()),
});

export const listMetadataGroups = route({
  method: 'GET',
  url: '/v1/analytics/groups/metadata/{key}',
  summary: 'Requests and costs of each value of a key of metadata',
  path: z.object({ key: z.string() }),
  query: analyticsQuery,
  answer: listOf(group.loose()),
});

export const summarizeCache = route({
  method: 'GET',
  url: '/v1/analytics/summary/cache',
  summary: 'What was answered from a cache: nothing ever is',
  query: analyticsQuery,
  answer: listOf(group.loose()),
});

export const ANALYTICS_ROUTES = [getGraph, getSlashedGraph, listGroups, listMetadataGroups, summarizeCache];
