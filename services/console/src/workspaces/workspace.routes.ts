import { z } from 'zod';
import { workspacePath } from '../named-workspace/workspace.path';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import { workspaceAnswer, workspaceChange, workspaceCreation, workspaceDeletion } from './workspace.schema';

const ALL = '/v1/admin/workspaces';
const ONE = `${ALL}/{workspace}`;

export const listWorkspaces = route({
  method: 'GET',
  url: ALL,
  summary: 'Workspaces, the oldest first; archived ones where they are asked for',
  query: z.object({
    ...pageQuery,
    name: z.string().optional().meta({ description: 'Is contained in the name.' }),
    exact_name: z.string().optional(),
    status: z.enum(['active', 'archived']).optional(),
  }),
  answer: z.object({ object: z.literal('list'), total: z.int(), data: z.array(workspaceAnswer) }),
});

export const createWorkspace = route({
  method: 'POST',
  url: ALL,
  summary: 'Creates a workspace',
  body: workspaceCreation,
  answer: workspaceAnswer,
});

export const getWorkspace = route({
  method: 'GET',
  url: ONE,
  summary: 'A workspace with its users',
  path: workspacePath,
  answer: z.object({
    ...workspaceAnswer.shape,
    users: z
      .array(z.object({ id: z.string(), role: z.enum(['admin', 'member']) }))
      .nullable()
      .meta({ description: 'null: the caller may not see who is a member.' }),
  }),
});

export const changeWorkspace = route({
  method: 'PUT',
  url: ONE,
  summary: 'Changes what is named, each a change of its own; limits are one: null clears them',
  path: workspacePath,
  body: workspaceChange,
  answer: workspaceAnswer,
});

export const deleteWorkspace = route({
  method: 'DELETE',
  url: ONE,
  summary: 'Archives a workspace: its keys stop within a second',
  path: workspacePath,
  body: workspaceDeletion,
});

export const WORKSPACE_ROUTES = [
  listWorkspaces,
  createWorkspace,
  getWorkspace,
  changeWorkspace,
  deleteWorkspace,
];
