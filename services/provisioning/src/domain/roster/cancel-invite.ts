import { AppError, type InviteId, type OrganizationId } from '@gatehouse/kernel';
import type { Roster } from './roster';
import { knownInvite, refuseTendingOwner, type RosterTender } from './roster-rules';
import type { RosterEvent } from './roster.events';

export interface CancelInvite {
  readonly type: 'CancelInvite';
  readonly by: RosterTender;
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
}

/**
 * NOT_FOUND `INVITE_UNKNOWN`; FORBIDDEN `OWNERS_TEND_OWNERS`; REFUSED `INVITE_ACCEPTED`. Cancelling twice records nothing.
 */
export const cancelInvite = (
  { by, organizationId, inviteId }: CancelInvite,
  roster: Roster,
): readonly RosterEvent[] => {
  const { status, roles } = knownInvite(roster, inviteId);
  refuseTendingOwner(by, roles.organization);
  if (status === 'accepted') throw new AppError('REFUSED', 'INVITE_ACCEPTED');
  return status === 'cancelled' ? [] : [{ type: 'InviteCancelled', organizationId, inviteId }];
};
