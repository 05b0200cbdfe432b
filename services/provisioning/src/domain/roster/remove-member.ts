import { AppError, type MemberId, type OrganizationId } from '@gatehouse/kernel';
import type { Roster } from './roster';
import { refuseLastOwner, refuseOtherRevision, refuseTendingOwner, type RosterTender } from './roster-rules';
import type { RosterEvent } from './roster.events';

export interface RemoveMember {
  readonly type: 'RemoveMember';
  readonly by: RosterTender;
  readonly organizationId: OrganizationId;
  readonly memberId: MemberId;
  readonly expectedRevision: bigint | undefined;
}

/**
 * NOT_FOUND `MEMBER_UNKNOWN`; FORBIDDEN `OWNERS_TEND_OWNERS`; CONFLICT `REVISION_MISMATCH`; REFUSED `LAST_OWNER`. Removing
 * twice records nothing.
 */
export const removeMember = (
  { by, organizationId, memberId, expectedRevision }: RemoveMember,
  roster: Roster,
): readonly RosterEvent[] => {
  const member = roster.members.get(memberId);
  if (!member) throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
  if (member.removed) return [];
  refuseTendingOwner(by, member.roles.organization);
  refuseOtherRevision(member, expectedRevision);
  refuseLastOwner(roster, member);
  return [{ type: 'MemberRemoved', organizationId, memberId }];
};
