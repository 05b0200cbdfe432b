import { AppError, type InviteId, type OrganizationId } from '@gatehouse/kernel';
import { inviteEnd } from './invite-end';
import type { Roster } from './roster';
import {
  knownInvite,
  refuseOpenInvite,
  refuseTakenEmail,
  refuseTendingOwner,
  type RosterTender,
} from './roster-rules';
import type { RosterEvent } from './roster.events';

export interface ResendInvite {
  readonly type: 'ResendInvite';
  readonly by: RosterTender;
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
  readonly tokenHash: string;
  /** In 7 days where nothing is asked for. */
  readonly expiresAt: Date | undefined;
  readonly at: Date;
}

/**
 * One that has expired is open again. NOT_FOUND `INVITE_UNKNOWN`; FORBIDDEN `OWNERS_TEND_OWNERS`; REFUSED
 * `INVITE_ACCEPTED`, `INVITE_CANCELLED`; CONFLICT `EMAIL_TAKEN`, `ALREADY_INVITED`, by what happened since it expired.
 */
export const resendInvite = (command: ResendInvite, roster: Roster): readonly RosterEvent[] => {
  const { by, organizationId, inviteId, tokenHash, at } = command;
  const expiresAt = inviteEnd(command.expiresAt, at);
  const { status, emailFingerprint, roles } = knownInvite(roster, inviteId);
  refuseTendingOwner(by, roles.organization);
  if (status === 'accepted') throw new AppError('REFUSED', 'INVITE_ACCEPTED');
  if (status === 'cancelled') throw new AppError('REFUSED', 'INVITE_CANCELLED');
  refuseTakenEmail(roster, emailFingerprint);
  refuseOpenInvite(roster, emailFingerprint, { at, except: inviteId });
  return [{ type: 'InviteResent', organizationId, inviteId, tokenHash, expiresAt }];
};
