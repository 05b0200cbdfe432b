import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type {
  InviteAnswer,
  InviteStatusName,
  OrganizationRoleName,
  UserAnswer,
  WorkspaceRoleName,
  WorkspaceUserAnswer,
} from './member.schema';

const { OrganizationRole, WorkspaceRole, InviteStatus } = provisioningV1;
type Member = provisioningV1.Member;
type Membership = provisioningV1.WorkspaceMembership;

export const ORGANIZATION_ROLE = {
  owner: OrganizationRole.OWNER,
  admin: OrganizationRole.ADMIN,
  auditor: OrganizationRole.AUDITOR,
  member: OrganizationRole.MEMBER,
} as const satisfies Record<OrganizationRoleName, provisioningV1.OrganizationRole>;

/** A manager tends keys and members of a workspace, as its admin does here. */
export const WORKSPACE_ROLE = {
  admin: WorkspaceRole.ADMIN,
  manager: WorkspaceRole.ADMIN,
  member: WorkspaceRole.MEMBER,
} as const satisfies Record<WorkspaceRoleName, provisioningV1.WorkspaceRole>;

export const INVITE_STATUS = {
  pending: InviteStatus.PENDING,
  accepted: InviteStatus.ACCEPTED,
  cancelled: InviteStatus.CANCELLED,
  expired: InviteStatus.EXPIRED,
} as const satisfies Record<InviteStatusName, provisioningV1.InviteStatus>;

/** The word for a value that a table has. */
const wordFor = <Word extends string>(
  table: Readonly<Record<Word, number>>,
  value: number,
  fallback: Word,
): Word => (Object.keys(table) as Word[]).find((word) => table[word] === value) ?? fallback;

const organizationRoleOf = (roles: provisioningV1.MemberRoles | undefined): OrganizationRoleName =>
  wordFor(ORGANIZATION_ROLE, roles?.organization ?? OrganizationRole.MEMBER, 'member');

export const toRestWorkspaceRole = (role: provisioningV1.WorkspaceRole): 'admin' | 'member' =>
  role === WorkspaceRole.ADMIN ? 'admin' : 'member';

/** One name here, two there: what follows the first space is the last. */
const namesOf = ({ name }: Member): { first_name: string; last_name: string } => {
  const [first = '', ...others] = name.split(' ');
  return { first_name: first, last_name: others.join(' ') };
};

export const toRestUser = (member: Member): UserAnswer => ({
  id: member.id,
  ...namesOf(member),
  role: organizationRoleOf(member.roles),
  email: member.email,
  workspace_ids: (member.roles?.workspaces ?? []).map(({ workspaceId }) => workspaceId),
  created_at: member.joinedAt?.toISOString() ?? null,
  object: 'user',
});

/** The role that a member has in a workspace; undefined where it has none. */
export const membershipIn = ({ roles }: Member, workspaceId: string): Membership | undefined =>
  roles?.workspaces.find((membership) => membership.workspaceId === workspaceId);

/** NOT_FOUND `MEMBER_UNKNOWN` where the member has no role in the workspace. */
export const toRestWorkspaceUser = (member: Member, workspaceId: string): WorkspaceUserAnswer => {
  const membership = membershipIn(member, workspaceId);
  if (!membership) throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
  return {
    id: member.id,
    ...namesOf(member),
    org_role: organizationRoleOf(member.roles),
    role: toRestWorkspaceRole(membership.role),
    email: member.email,
    status: 'active',
    workspace_id: workspaceId,
    created_at: member.joinedAt?.toISOString() ?? null,
    object: 'workspace-user',
  };
};

/** All roles of a member with another in one workspace, or without it. */
export const rolesWith = (
  roles: provisioningV1.MemberRoles | undefined,
  workspaceId: string,
  role: provisioningV1.WorkspaceRole | undefined,
): provisioningV1.MemberRoles => ({
  organization: roles?.organization ?? OrganizationRole.MEMBER,
  workspaces: [
    ...(roles?.workspaces ?? []).filter((membership) => membership.workspaceId !== workspaceId),
    ...(role === undefined ? [] : [{ workspaceId, role }]),
  ],
});

export const toRestInvite = (invite: provisioningV1.Invite): InviteAnswer => ({
  id: invite.id,
  email: invite.email,
  role: organizationRoleOf(invite.roles),
  created_at: invite.createdAt?.toISOString() ?? null,
  expires_at: invite.expiresAt?.toISOString() ?? null,
  accepted_at: null,
  status: wordFor(INVITE_STATUS, invite.status, 'pending'),
  invited_by: null,
  object: 'user-invite',
});
