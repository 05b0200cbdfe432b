import { z } from 'zod';
import { reason } from '../drafts/draft.schema';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { proposal, PROPOSAL_STATUSES, proposalPath } from './approval.schema';

const ALL = '/v1/gatehouse/approvals';
const ONE = `${ALL}/{proposal}`;
const POLICY = '/v1/gatehouse/approval-policy';

const policy = z.object({
  required: z
    .boolean()
    .meta({ description: 'What lets more be spent or called is approved by a second admin.' }),
});

export const listApprovals = route({
  method: 'GET',
  url: ALL,
  summary: 'What was proposed, the newest first',
  query: z.object({ ...pageQuery, status: PROPOSAL_STATUSES.schema.optional() }),
  answer: listOf(proposal),
});

export const getProposal = route({
  method: 'GET',
  url: ONE,
  summary: 'A proposal',
  path: proposalPath,
  answer: proposal,
});

export const approveProposal = route({
  method: 'POST',
  url: `${ONE}/approve`,
  summary: 'Carries out what was proposed, unless it was proposed by the same person',
  path: proposalPath,
  body: z.object({ reason }),
  answer: proposal,
});

export const rejectProposal = route({
  method: 'POST',
  url: `${ONE}/reject`,
  summary: 'Ends a proposal',
  path: proposalPath,
  body: z.object({ reason }),
  answer: proposal,
});

export const getApprovalPolicy = route({
  method: 'GET',
  url: POLICY,
  summary: 'Whether changes want a second admin',
  answer: policy,
});

export const changeApprovalPolicy = route({
  method: 'PUT',
  url: POLICY,
  summary: 'Says whether they do; turning it off is proposed itself',
  body: z.object({ ...policy.shape, reason }),
  answer: policy,
});

export const APPROVAL_ROUTES = [
  listApprovals,
  getProposal,
  approveProposal,
  rejectProposal,
  getApprovalPolicy,
  changeApprovalPolicy,
];
