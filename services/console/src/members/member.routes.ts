import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { listOf, route } from '../rest/route';
import {
  inviteAnswer,
  inviteCreated,
  inviteCreation,
  invitePath,
  inviteResent,
  inviteStatus,
  organizationRole,
  userAnswer,
  userChange,
  userPath,
  workspaceRole,
  workspaceUserAnswer,
  workspaceUserChange,
  workspaceUsersAddition,
} from './member.schema';
import { workspacePath } from '../named-workspace/workspace.path';

const USERS = '/v1/admin/users';
const USER = `${USERS}/{user}`;
const INVITES = `${USERS}/invites`;
const INVITE = `${INVITES}/{invite}`;
const WORKSPACE_USERS = '/v1/admin/workspaces/{workspace}/users';
const WORKSPACE_USER = `${WORKSPACE_USERS}/{user}`;

const email = z.string().optional().meta({ description: 'Is contained in the name or the address.' });

export const listUsers = route({
  method: 'GET',
  url: USERS,
  summary: 'Members of the organization',
  query: z.object({ ...pageQuery, role: organizationRole.optional(), email }),
  answer: listOf(userAnswer),
});

export const getUser = route({
  method: 'GET',
  url: USER,
  summary: 'A member',
  path: userPath,
  answer: userAnswer,
});

export const changeUser = route({
  method: 'PUT',
  url: USER,
  summary: 'Changes the role in the organization; those in workspaces stay',
  path: userPath,
  body: userChange,
});

export const deleteUser = route({
  method: 'DELETE',
  url: USER,
  summary: 'Ends a membership and all keys of the member',
  path: userPath,
});

export const listInvites = route({
  method: 'GET',
  url: INVITES,
  summary: 'Invites, the oldest first',
  query: z.object({
    ...pageQuery,
    email,
    status: inviteStatus.optional(),
    role: organizationRole.optional(),
  }),
  answer: listOf(inviteAnswer),
});

export const createInvite = route({
  method: 'POST',
  url: INVITES,
  summary: 'Invites a person for seven days; the answer has the token, once',
  body: inviteCreation,
  answer: inviteCreated,
});

export const getInvite = route({
  method: 'GET',
  url: INVITE,
  summary: 'An invite',
  path: invitePath,
  answer: inviteAnswer,
});

export const deleteInvite = route({
  method: 'DELETE',
  url: INVITE,
  summary: 'Cancels an invite',
  path: invitePath,
});

export const resendInvite = route({
  method: 'POST',
  url: `${INVITE}/resend`,
  summary: 'Another token and another end; the token before is void',
  path: invitePath,
  answer: inviteResent,
});

export const listWorkspaceUsers = route({
  method: 'GET',
  url: WORKSPACE_USERS,
  summary: 'Members with a role in a workspace',
  path: workspacePath,
  query: z.object({ ...pageQuery, email, role: workspaceRole.optional() }),
  answer: listOf(workspaceUserAnswer),
});

export const addWorkspaceUsers = route({
  method: 'POST',
  url: WORKSPACE_USERS,
  summary: 'Gives members a role in a workspace',
  path: workspacePath,
  body: workspaceUsersAddition,
});

const workspaceUserPath = z.object({ ...workspacePath.shape, ...userPath.shape });

export const getWorkspaceUser = route({
  method: 'GET',
  url: WORKSPACE_USER,
  summary: 'A member with a role in a workspace',
  path: workspaceUserPath,
  answer: workspaceUserAnswer,
});

export const changeWorkspaceUser = route({
  method: 'PUT',
  url: WORKSPACE_USER,
  summary: "Changes a member's role in a workspace",
  path: workspaceUserPath,
  body: workspaceUserChange,
});

export const deleteWorkspaceUser = route({
  method: 'DELETE',
  url: WORKSPACE_USER,
  summary: "Takes a member's role in a workspace away",
  path: workspaceUserPath,
});

export const MEMBER_ROUTES = [
  listUsers,
  getUser,
  changeUser,
  deleteUser,
  listInvites,
  createInvite,
  getInvite,
  deleteInvite,
  resendInvite,
  listWorkspaceUsers,
  addWorkspaceUsers,
  getWorkspaceUser,
  changeWorkspaceUser,
  deleteWorkspaceUser,
];
