import { workspaceId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { MemberRole, MemberRoles, WorkspaceMembership } from '../../domain/roster/roster.events';

const { OrganizationRole, WorkspaceRole } = provisioningV1;

const ORGANIZATION_ROLES: Readonly<Record<MemberRole, provisioningV1.OrganizationRole>> = {
  owner: OrganizationRole.OWNER,
  admin: OrganizationRole.ADMIN,
  auditor: OrganizationRole.AUDITOR,
  member: OrganizationRole.MEMBER,
};

const WORKSPACE_ROLES: Readonly<Record<WorkspaceMembership['role'], provisioningV1.WorkspaceRole>> = {
  admin: WorkspaceRole.ADMIN,
  member: WorkspaceRole.MEMBER,
};

const nameOf = <Name extends string, Role>(
  roles: Readonly<Record<Name, Role>>,
  role: Role,
): Name | undefined => (Object.keys(roles) as Name[]).find((name) => roles[name] === role);

/** Undefined for none, and for one that is not known. */
export const fromProtoOrganizationRole = (role: provisioningV1.OrganizationRole): MemberRole | undefined =>
  nameOf(ORGANIZATION_ROLES, role);

export const fromProtoWorkspaceRole = (
  role: provisioningV1.WorkspaceRole,
): WorkspaceMembership['role'] | undefined => nameOf(WORKSPACE_ROLES, role);

/** A role that this program does not know is the least. */
export const fromProtoRecordedRoles = (roles: provisioningV1.MemberRoles | undefined): MemberRoles => ({
  organization: fromProtoOrganizationRole(roles?.organization ?? OrganizationRole.UNSPECIFIED) ?? 'member',
  workspaces: (roles?.workspaces ?? []).map((membership) => ({
    workspaceId: workspaceId(membership.workspaceId),
    role: fromProtoWorkspaceRole(membership.role) ?? 'member',
  })),
});

export const toProtoRoles = ({ organization, workspaces }: MemberRoles): provisioningV1.MemberRoles => ({
  organization: ORGANIZATION_ROLES[organization],
  workspaces: workspaces.map(({ workspaceId: id, role }) => ({
    workspaceId: id,
    role: WORKSPACE_ROLES[role],
  })),
});
