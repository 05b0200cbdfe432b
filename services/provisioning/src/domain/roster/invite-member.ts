import { AppError, type InviteId, type OrganizationId } from '@gatehouse/kernel';
import { inviteEnd } from './invite-end';
import type { Roster } from './roster';
import { refuseOpenInvite, refuseTakenEmail, refuseTendingOwner, type RosterTender } from './roster-rules';
import type { MemberRoles, RosterEvent } from './roster.events';

export interface InviteMember {
  readonly type: 'InviteMember';
  readonly by: RosterTender;
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
  readonly emailFingerprint: string;
  readonly roles: MemberRoles;
  readonly tokenHash: string;
  /** In 7 days where nothing is asked for. */
  readonly expiresAt: Date | undefined;
  readonly at: Date;
}

/**
 * FORBIDDEN `OWNERS_TEND_OWNERS`; CONFLICT `REQUEST_ID_REUSED`, `EMAIL_TAKEN`, `ALREADY_INVITED`; REFUSED or INVALID for its end. That the workspaces exist is for the caller to
 * see to.
 */
export const inviteMember = (command: InviteMember, roster: Roster): readonly RosterEvent[] => {
  const { by, organizationId, inviteId, emailFingerprint, roles, tokenHash, at } = command;
  // Its member has that id: accepted again, it would give whoever joined by it before other roles.
  if (roster.invites.has(inviteId)) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  const expiresAt = inviteEnd(command.expiresAt, at);
  refuseTendingOwner(by, roles.organization);
  refuseTakenEmail(roster, emailFingerprint);
  refuseOpenInvite(roster, emailFingerprint, { at, except: inviteId });
  return [{ type: 'MemberInvited', organizationId, inviteId, emailFingerprint, roles, tokenHash, expiresAt }];
};
