import type { InviteId, MemberId } from '@gatehouse/kernel';
import type { MemberInvited, MemberRoles, RosterEvent } from './roster.events';

/**
 * What happened, the newest first: a link per event, so that reading a roster of thousands copies nothing. What is true of it
 * is counted up once, by `rosterOf`, when something is to be decided.
 */
export type RosterHistory = { readonly event: RosterEvent; readonly before: RosterHistory } | undefined;

export interface InviteOnRoster {
  readonly inviteId: InviteId;
  readonly status: 'pending' | 'accepted' | 'cancelled';
  readonly emailFingerprint: string;
  readonly roles: MemberRoles;
  readonly tokenHash: string;
  readonly expiresAt: Date;
}

export interface MemberOnRoster {
  readonly memberId: MemberId;
  readonly removed: boolean;
  readonly emailFingerprint: string;
  readonly roles: MemberRoles;
  /** Of the last event about the member. */
  readonly revision: bigint;
}

export interface Roster {
  readonly invites: ReadonlyMap<InviteId, InviteOnRoster>;
  readonly members: ReadonlyMap<MemberId, MemberOnRoster>;
}

export const rosterOf = (history: RosterHistory): Roster => {
  const events: RosterEvent[] = [];
  for (let link = history; link; link = link.before) events.push(link.event);
  const roster = {
    invites: new Map<InviteId, InviteOnRoster>(),
    members: new Map<MemberId, MemberOnRoster>(),
  };
  for (const [revision, event] of events.reverse().entries()) note(roster, event, BigInt(revision));
  return roster;
};

interface OpenRoster {
  readonly invites: Map<InviteId, InviteOnRoster>;
  readonly members: Map<MemberId, MemberOnRoster>;
}

const note = (roster: OpenRoster, event: RosterEvent, revision: bigint): void => {
  switch (event.type) {
    case 'MemberInvited':
      roster.invites.set(event.inviteId, invited(event));
      return;
    case 'InviteResent': {
      const { tokenHash, expiresAt } = event;
      return change(roster.invites, event.inviteId, { tokenHash, expiresAt });
    }
    case 'InviteCancelled':
      return change(roster.invites, event.inviteId, { status: 'cancelled' });
    case 'MemberJoined': {
      const { memberId, emailFingerprint, roles } = event;
      change(roster.invites, event.inviteId, { status: 'accepted' });
      roster.members.set(memberId, { memberId, removed: false, emailFingerprint, roles, revision });
      return;
    }
    case 'MemberRolesChanged':
      return change(roster.members, event.memberId, { roles: event.roles, revision });
    case 'MemberRemoved':
      return change(roster.members, event.memberId, { removed: true, revision });
  }
};

const invited = ({ inviteId, emailFingerprint, roles, tokenHash, expiresAt }: MemberInvited) =>
  ({ inviteId, status: 'pending', emailFingerprint, roles, tokenHash, expiresAt }) as const;

const change = <Key, Value>(entries: Map<Key, Value>, key: Key, changes: Partial<Value>): void => {
  const entry = entries.get(key);
  if (entry) entries.set(key, { ...entry, ...changes });
};
