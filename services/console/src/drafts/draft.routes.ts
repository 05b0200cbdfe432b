import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import { connectionTest, draftAnswer, draftCreation, draftPath, liveModels } from './draft.schema';

const ALL = '/v1/gatehouse/drafts';
const ONE = `${ALL}/{draft}`;

export const createDraft = route({
  method: 'POST',
  url: ALL,
  summary: 'Seals a credential into a draft, which can be tried and connected, and expires',
  // Another one each time: the one before may have become an integration.
  asks: true,
  body: draftCreation,
  answer: draftAnswer,
});

export const listDrafts = route({
  method: 'GET',
  url: ALL,
  summary: 'Drafts, in the order of their making',
  query: z.object(pageQuery),
  answer: listOf(draftAnswer),
});

export const getDraft = route({
  method: 'GET',
  url: ONE,
  summary: 'A draft, without its credential',
  path: draftPath,
  answer: draftAnswer,
});

export const deleteDraft = route({
  method: 'DELETE',
  url: ONE,
  summary: 'Destroys its credential',
  path: draftPath,
  query: z.object({ reason: z.string().default('') }),
});

export const testDraft = route({
  method: 'POST',
  url: `${ONE}/test`,
  summary: 'Shows its credential to the provider, at what costs nothing there',
  asks: true,
  path: draftPath,
  answer: connectionTest,
});

export const listDraftModels = route({
  method: 'GET',
  url: `${ONE}/models`,
  summary: 'What the provider lists now',
  path: draftPath,
  answer: liveModels,
});

export const DRAFT_ROUTES = [createDraft, listDrafts, getDraft, deleteDraft, testDraft, listDraftModels];
