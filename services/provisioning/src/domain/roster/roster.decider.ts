import type { Decider } from '@gatehouse/kernel';
import { type AcceptInvite, acceptInvite } from './accept-invite';
import { type CancelInvite, cancelInvite } from './cancel-invite';
import { type ChangeMemberRoles, changeMemberRoles } from './change-member-roles';
import { type InviteMember, inviteMember } from './invite-member';
import { type RemoveMember, removeMember } from './remove-member';
import { type ResendInvite, resendInvite } from './resend-invite';
import { type RosterHistory, rosterOf } from './roster';
import type { RosterEvent } from './roster.events';

export type RosterCommand =
  InviteMember | ResendInvite | CancelInvite | AcceptInvite | ChangeMemberRoles | RemoveMember;

const decide = (command: RosterCommand, history: RosterHistory): readonly RosterEvent[] => {
  const roster = rosterOf(history);
  switch (command.type) {
    case 'InviteMember':
      return inviteMember(command, roster);
    case 'ResendInvite':
      return resendInvite(command, roster);
    case 'CancelInvite':
      return cancelInvite(command, roster);
    case 'AcceptInvite':
      return acceptInvite(command, roster);
    case 'ChangeMemberRoles':
      return changeMemberRoles(command, roster);
    case 'RemoveMember':
      return removeMember(command, roster);
  }
};

/**
 * Who is a member of an organization, and who may become one. One stream decides it all, so that no two owners can both be
 * the last to go, and no two members have one address.
 */
export const rosterDecider: Decider<RosterCommand, RosterHistory, RosterEvent> = {
  initial: undefined,
  decide,
  evolve: (before, event) => ({ event, before }),
};
