import { AppError, type InviteId, type MemberId, type OrganizationId } from '@gatehouse/kernel';
import type { Roster } from './roster';
import { isOpen, knownInvite, refuseTakenEmail } from './roster-rules';
import type { RosterEvent } from './roster.events';

export interface AcceptInvite {
  readonly type: 'AcceptInvite';
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
  readonly memberId: MemberId;
  /** Of the token that was presented. */
  readonly tokenHash: string;
  readonly at: Date;
}

/**
 * NOT_FOUND `INVITE_UNKNOWN`, also for a token that another has replaced; REFUSED `INVITE_ACCEPTED`, `INVITE_CANCELLED`,
 * `INVITE_EXPIRED`; CONFLICT `EMAIL_TAKEN`.
 */
export const acceptInvite = (command: AcceptInvite, roster: Roster): readonly RosterEvent[] => {
  const { organizationId, inviteId, memberId, tokenHash, at } = command;
  const invite = knownInvite(roster, inviteId);
  if (invite.tokenHash !== tokenHash) throw new AppError('NOT_FOUND', 'INVITE_UNKNOWN');
  if (invite.status === 'accepted') throw new AppError('REFUSED', 'INVITE_ACCEPTED');
  if (invite.status === 'cancelled') throw new AppError('REFUSED', 'INVITE_CANCELLED');
  if (!isOpen(invite, at)) throw new AppError('REFUSED', 'INVITE_EXPIRED');
  const { emailFingerprint, roles } = invite;
  refuseTakenEmail(roster, emailFingerprint);
  return [{ type: 'MemberJoined', organizationId, memberId, inviteId, emailFingerprint, roles }];
};
