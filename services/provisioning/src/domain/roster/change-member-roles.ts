import type { MemberId, OrganizationId } from '@gatehouse/kernel';
import type { Roster } from './roster';
import {
  presentMember,
  refuseLastOwner,
  refuseOtherRevision,
  refuseTendingOwner,
  type RosterTender,
} from './roster-rules';
import type { MemberRoles, RosterEvent } from './roster.events';

export interface ChangeMemberRoles {
  readonly type: 'ChangeMemberRoles';
  readonly by: RosterTender;
  readonly organizationId: OrganizationId;
  readonly memberId: MemberId;
  /** All of them. */
  readonly roles: MemberRoles;
  readonly expectedRevision: bigint | undefined;
}

/**
 * NOT_FOUND `MEMBER_UNKNOWN`; FORBIDDEN `OWNERS_TEND_OWNERS`; CONFLICT `REVISION_MISMATCH`; REFUSED `LAST_OWNER`. The roles
 * that the member has record nothing.
 */
export const changeMemberRoles = (command: ChangeMemberRoles, roster: Roster): readonly RosterEvent[] => {
  const { by, organizationId, memberId, roles, expectedRevision } = command;
  const member = presentMember(roster, memberId);
  refuseTendingOwner(by, member.roles.organization, roles.organization);
  refuseOtherRevision(member, expectedRevision);
  if (sameRoles(member.roles, roles)) return [];
  if (roles.organization !== 'owner') refuseLastOwner(roster, member);
  return [{ type: 'MemberRolesChanged', organizationId, memberId, roles }];
};

const sameRoles = (a: MemberRoles, b: MemberRoles): boolean =>
  a.organization === b.organization &&
  a.workspaces.length === b.workspaces.length &&
  a.workspaces.every(({ workspaceId, role }, index) => {
    const other = b.workspaces[index];
    return other?.workspaceId === workspaceId && other.role === role;
  });
