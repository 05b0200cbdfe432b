import { z } from 'zod';

const ORGANIZATION_ROLES = ['owner', 'admin', 'auditor', 'member'] as const;
const WORKSPACE_ROLES = ['admin', 'member'] as const;
/** Portkey has a manager between the two, who is an admin here. */
export const workspaceRole = z.enum(['admin', 'manager', 'member']);

export const userPath = z.object({ user: z.string().meta({ description: 'Id of a member.' }) });
export const invitePath = z.object({ invite: z.string() });

export const userAnswer = z.object({
  id: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  role: z.enum(ORGANIZATION_ROLES),
  email: z.string(),
  workspace_ids: z.array(z.string()),
  created_at: z.string().nullable(),
  object: z.literal('user'),
});

export const userChange = z.object({ role: z.enum(ORGANIZATION_ROLES) });

export const workspaceUserAnswer = z.object({
  id: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  org_role: z.enum(ORGANIZATION_ROLES),
  role: z.enum(WORKSPACE_ROLES),
  email: z.string(),
  status: z.literal('active'),
  workspace_id: z.string(),
  created_at: z.string().nullable(),
  object: z.literal('workspace-user'),
});

export const workspaceUsersAddition = z.object({
  users: z
    .array(z.object({ id: z.string(), role: workspaceRole }))
    .min(1)
    .max(100),
});

export const workspaceUserChange = z.object({ role: workspaceRole });

export const inviteCreation = z.object({
  email: z.string(),
  role: z.enum(ORGANIZATION_ROLES),
  workspaces: z
    .array(z.object({ id: z.string(), role: workspaceRole }))
    .max(200)
    .nullish(),
  workspace_api_key_details: z
    .object({ scopes: z.array(z.string()).nullish() })
    .nullish()
    .meta({ description: 'Refused where it says scopes: an invite makes no key.' }),
});

export const inviteCreated = z.object({
  id: z.string(),
  invite_link: z.string().meta({ description: 'The token that accepts it, shown once.' }),
});

export const inviteResent = z.object({ inviteLink: z.string() });

const INVITE_STATUSES = ['pending', 'accepted', 'cancelled', 'expired'] as const;

export const inviteAnswer = z.object({
  id: z.string(),
  email: z.string(),
  role: z.enum(ORGANIZATION_ROLES),
  created_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  accepted_at: z.null(),
  status: z.enum(INVITE_STATUSES),
  invited_by: z.null(),
  object: z.literal('user-invite'),
});

export const inviteStatus = z.enum(INVITE_STATUSES);
export const organizationRole = z.enum(ORGANIZATION_ROLES);

export type InviteAnswer = z.output<typeof inviteAnswer>;
export type InviteStatusName = z.output<typeof inviteStatus>;
export type OrganizationRoleName = z.output<typeof organizationRole>;
export type WorkspaceRoleName = z.output<typeof workspaceRole>;
export type UserAnswer = z.output<typeof userAnswer>;
export type WorkspaceUserAnswer = z.output<typeof workspaceUserAnswer>;
