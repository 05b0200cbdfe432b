import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import {
  entityAnswer,
  entityPath,
  policyPath,
  ratePolicyAnswer,
  ratePolicyChange,
  ratePolicyCreation,
  ratePolicyNamed,
  usagePolicyAnswer,
  usagePolicyChange,
  usagePolicyCreation,
  usagePolicyNamed,
} from './policy.schema';

const USAGE = '/v1/policies/usage-limits';
const RATE = '/v1/policies/rate-limits';
const ENTITIES = `${USAGE}/{id}/entities`;

const list = <Row extends z.ZodType>(row: Row) =>
  z.object({ object: z.literal('list'), total: z.int(), data: z.array(row) });

const ofWorkspace = {
  ...pageQuery,
  workspace_id: z.string().meta({ description: 'Id or slug.' }),
  status: z.enum(['active', 'archived']).optional().meta({ description: 'None is archived.' }),
};
const includeUsage = { include_usage: z.enum(['true', 'false']).optional() };

export const listUsagePolicies = route({
  method: 'GET',
  url: USAGE,
  summary: 'What each key of a workspace may spend',
  query: z.object({ ...ofWorkspace, ...includeUsage, type: z.enum(['cost', 'tokens']).optional() }),
  answer: list(usagePolicyAnswer),
});

export const createUsagePolicy = route({
  method: 'POST',
  url: USAGE,
  summary: 'Gives each key of a workspace, those to come too, a budget of its own',
  body: usagePolicyCreation,
  answer: usagePolicyNamed,
});

export const getUsagePolicy = route({
  method: 'GET',
  url: `${USAGE}/{id}`,
  summary: 'A budget that each key of a workspace has',
  path: policyPath,
  query: z.object(includeUsage),
  answer: usagePolicyAnswer,
});

export const changeUsagePolicy = route({
  method: 'PUT',
  url: `${USAGE}/{id}`,
  summary: 'Changes what is named; what keys have spent stays',
  path: policyPath,
  body: usagePolicyChange,
  answer: usagePolicyNamed,
});

export const deleteUsagePolicy = route({
  method: 'DELETE',
  url: `${USAGE}/{id}`,
  summary: 'Takes the budget from each key of the workspace',
  path: policyPath,
});

export const listPolicyEntities = route({
  method: 'GET',
  url: ENTITIES,
  summary: 'The keys that have the budget, and what each has spent',
  path: policyPath,
  query: z.object({
    ...pageQuery,
    search: z.string().optional().meta({ description: "Is contained in a key's name." }),
    status: z.enum(['active', 'exhausted']).optional(),
  }),
  answer: list(entityAnswer),
});

export const resetPolicyEntity = route({
  method: 'PUT',
  url: `${ENTITIES}/{entity}/reset`,
  summary: 'Ends the present period of what a key may spend',
  path: entityPath,
});

export const listRatePolicies = route({
  method: 'GET',
  url: RATE,
  summary: 'How often each key of a workspace may call',
  query: z.object({ ...ofWorkspace, type: z.enum(['requests', 'tokens']).optional() }),
  answer: list(ratePolicyAnswer),
});

export const createRatePolicy = route({
  method: 'POST',
  url: RATE,
  summary: 'Gives each key of a workspace, those to come too, a rate limit of its own',
  body: ratePolicyCreation,
  answer: ratePolicyNamed,
});

export const getRatePolicy = route({
  method: 'GET',
  url: `${RATE}/{id}`,
  summary: 'A rate limit that each key of a workspace has',
  path: policyPath,
  answer: ratePolicyAnswer,
});

export const changeRatePolicy = route({
  method: 'PUT',
  url: `${RATE}/{id}`,
  summary: 'Changes what is named',
  path: policyPath,
  body: ratePolicyChange,
  answer: ratePolicyNamed,
});

export const deleteRatePolicy = route({
  method: 'DELETE',
  url: `${RATE}/{id}`,
  summary: 'Takes the rate limit from each key of the workspace',
  path: policyPath,
});

export const POLICY_ROUTES = [
  listUsagePolicies,
  createUsagePolicy,
  getUsagePolicy,
  changeUsagePolicy,
  deleteUsagePolicy,
  listPolicyEntities,
  resetPolicyEntity,
  listRatePolicies,
  createRatePolicy,
  getRatePolicy,
  changeRatePolicy,
  deleteRatePolicy,
];
