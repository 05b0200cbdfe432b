import { deriveId, inviteId, memberId, organizationId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import * as fc from 'fast-check';
import { rosterOf } from './roster';
import { type RosterCommand, rosterDecider } from './roster.decider';
import type { MemberRole, MemberRoles } from './roster.events';
import { inviteEnd } from './invite-end';

const owner = organizationId(deriveId('org', 'spec'));
const now = new Date('2026-03-03T12:00:00Z');
const later = new Date('2026-03-10T12:00:00Z');
const roles = (organization: MemberRole): MemberRoles => ({ organization, workspaces: [] });
const ids = (name: string) => ({
  inviteId: inviteId(deriveId('inv', name)),
  memberId: memberId(deriveId('mbr', name)),
});

const invitedAs = (name: string, role: MemberRole) =>
  ({
    type: 'MemberInvited',
    organizationId: owner,
    inviteId: ids(name).inviteId,
    emailFingerprint: name,
    roles: roles(role),
    tokenHash: `token of ${name}`,
    expiresAt: later,
  }) as const;
const joinedAs = (name: string, role: MemberRole) =>
  ({
    type: 'MemberJoined',
    organizationId: owner,
    ...ids(name),
    emailFingerprint: name,
    roles: roles(role),
  }) as const;
const invite = (name: string, role: MemberRole) =>
  ({ ...invitedAs(name, role), type: 'InviteMember', by: 'owner', at: now }) as const;
const accept = (name: string) =>
  ({
    type: 'AcceptInvite',
    organizationId: owner,
    ...ids(name),
    tokenHash: `token of ${name}`,
    at: now,
  }) as const;
const target = (name: string) => ({
  by: 'owner' as const,
  organizationId: owner,
  memberId: ids(name).memberId,
  expectedRevision: undefined,
});
const remove = (name: string) => ({ type: 'RemoveMember', ...target(name) }) as const;
const change = (name: string, role: MemberRole) =>
  ({ type: 'ChangeMemberRoles', ...target(name), roles: roles(role) }) as const;
const inviteTarget = { by: 'owner', organizationId: owner, inviteId: ids('ann').inviteId } as const;
const cancel = { type: 'CancelInvite', ...inviteTarget } as const;
const cancelled = { type: 'InviteCancelled', organizationId: owner, inviteId: ids('ann').inviteId } as const;
const resend = {
  type: 'ResendInvite',
  ...inviteTarget,
  tokenHash: 'another',
  expiresAt: later,
  at: now,
} as const;

const ann = [invitedAs('ann', 'owner'), joinedAs('ann', 'owner')] as const;
const bob = [invitedAs('bob', 'owner'), joinedAs('bob', 'owner')] as const;

describe('inviting a member', () => {
  it('is recorded', () => given(rosterDecider).when(invite('ann', 'owner')).then(invitedAs('ann', 'owner')));
  it('is refused by an id that an invite has, which would give its member other roles', () =>
    given(rosterDecider, ...ann)
      .when({ ...invite('ann', 'member'), emailFingerprint: 'other' })
      .thenRefused('REQUEST_ID_REUSED'));
  it('is refused for an address that a member has', () =>
    given(rosterDecider, ...ann)
      .when({ ...invite('other', 'member'), emailFingerprint: 'ann' })
      .thenRefused('EMAIL_TAKEN'));
  it('is refused while another invite to the address is open, and not when that has ended', () => {
    const again = { ...invite('other', 'member'), emailFingerprint: 'ann' };
    const open = given(rosterDecider, invitedAs('ann', 'member'));
    open.when(again).thenRefused('ALREADY_INVITED');
    const recorded = { ...invitedAs('other', 'member'), emailFingerprint: 'ann' };
    const expiresAt = new Date('2026-03-11T12:00:00Z');
    open.when({ ...again, at: later, expiresAt }).then({ ...recorded, expiresAt });
    given(rosterDecider, invitedAs('ann', 'member'), cancelled).when(again).then(recorded);
  });
  it('ends in 7 days, or when it is asked to, within 30', () => {
    const asked = (expiresAt: Date | undefined) =>
      given(rosterDecider).when({ ...invite('ann', 'owner'), expiresAt });
    asked(undefined).then(invitedAs('ann', 'owner'));
    asked(now).thenRefused('END_HAS_PASSED');
    asked(new Date('2026-04-02T12:00:00.001Z')).thenRefused('END_TOO_LATE');
    expect(() => inviteEnd(new Date('2027-01-01T00:00:00Z'), now)).toThrow(
      expect.objectContaining({ metadata: { latest: '2026-04-02T12:00:00.000Z' } }),
    );
  });
  it('as an owner is no admin’s', () =>
    given(rosterDecider)
      .when({ ...invite('ann', 'owner'), by: 'admin' })
      .thenRefused('OWNERS_TEND_OWNERS'));
});

describe('an invite', () => {
  it('is accepted by its token, once', () => {
    given(rosterDecider, invitedAs('ann', 'owner')).when(accept('ann')).then(joinedAs('ann', 'owner'));
    given(rosterDecider, ...ann)
      .when(accept('ann'))
      .thenRefused('INVITE_ACCEPTED');
  });
  it('is accepted by no other token, nor when it has ended', () => {
    const open = given(rosterDecider, invitedAs('ann', 'owner'));
    open.when({ ...accept('ann'), tokenHash: 'guessed' }).thenRefused('INVITE_UNKNOWN');
    open.when({ ...accept('ann'), at: later }).thenRefused('INVITE_EXPIRED');
    given(rosterDecider, invitedAs('ann', 'owner'), cancelled)
      .when(accept('ann'))
      .thenRefused('INVITE_CANCELLED');
  });
  it('that was resent has another token, and the one before is void', () => {
    const resent = {
      type: 'InviteResent',
      organizationId: owner,
      inviteId: ids('ann').inviteId,
      tokenHash: 'another',
      expiresAt: later,
    } as const;
    given(rosterDecider, invitedAs('ann', 'owner')).when(resend).then(resent);
    const after = given(rosterDecider, invitedAs('ann', 'owner'), resent);
    after.when(accept('ann')).thenRefused('INVITE_UNKNOWN');
    after.when({ ...accept('ann'), tokenHash: 'another' }).then(joinedAs('ann', 'owner'));
  });
  it('is cancelled once, and neither when it was accepted nor sent again after it', () => {
    given(rosterDecider, invitedAs('ann', 'owner')).when(cancel).then(cancelled);
    given(rosterDecider, invitedAs('ann', 'owner'), cancelled).when(cancel).then();
    given(rosterDecider, ...ann)
      .when(cancel)
      .thenRefused('INVITE_ACCEPTED');
    given(rosterDecider, invitedAs('ann', 'owner'), cancelled).when(resend).thenRefused('INVITE_CANCELLED');
  });
});

describe('a member', () => {
  const changed = (name: string, role: MemberRole) =>
    ({
      type: 'MemberRolesChanged',
      organizationId: owner,
      memberId: ids(name).memberId,
      roles: roles(role),
    }) as const;
  const removed = { type: 'MemberRemoved', organizationId: owner, memberId: ids('ann').memberId } as const;

  it('gets other roles, and none that it has', () => {
    given(rosterDecider, ...ann, ...bob)
      .when(change('ann', 'auditor'))
      .then(changed('ann', 'auditor'));
    given(rosterDecider, ...ann)
      .when(change('ann', 'owner'))
      .then();
    const workspaces = [{ workspaceId: workspaceId(deriveId('ws', 'spec')), role: 'admin' }] as const;
    given(rosterDecider, ...ann)
      .when({ ...change('ann', 'owner'), roles: { organization: 'owner', workspaces } })
      .then({ ...changed('ann', 'owner'), roles: { organization: 'owner', workspaces } });
  });
  it('is removed once, and its address is free again', () => {
    given(rosterDecider, ...ann, ...bob)
      .when(remove('ann'))
      .then(removed);
    given(rosterDecider, ...ann, ...bob, removed)
      .when(remove('ann'))
      .then();
    given(rosterDecider, ...ann, ...bob, removed)
      .when(change('ann', 'admin'))
      .thenRefused('MEMBER_UNKNOWN');
    given(rosterDecider, ...ann, ...bob, removed)
      .when({ ...invite('again', 'member'), emailFingerprint: 'ann' })
      .then({ ...invitedAs('again', 'member'), emailFingerprint: 'ann' });
  });
  it('that is the last owner neither goes nor is made less', () => {
    given(rosterDecider, ...ann)
      .when(remove('ann'))
      .thenRefused('LAST_OWNER');
    given(rosterDecider, ...ann, ...bob, changed('bob', 'admin'))
      .when(change('ann', 'admin'))
      .thenRefused('LAST_OWNER');
  });
  it('that is an owner is tended by no admin', () => {
    const two = given(rosterDecider, ...ann, ...bob);
    two.when({ ...remove('ann'), by: 'admin' }).thenRefused('OWNERS_TEND_OWNERS');
    two.when({ ...change('ann', 'member'), by: 'admin' }).thenRefused('OWNERS_TEND_OWNERS');
  });
  it('has a revision of its own', () => {
    const two = given(rosterDecider, ...ann, ...bob);
    two.when({ ...change('ann', 'member'), expectedRevision: 3n }).thenRefused('REVISION_MISMATCH');
    two.when({ ...change('ann', 'member'), expectedRevision: 1n }).then(changed('ann', 'member'));
  });
});

it('a roster that ever had an owner has one, and each address is one member’s, whatever is asked', () => {
  const names = ['a', 'b', 'c', 'd'];
  const anyName = fc.constantFrom(...names);
  const anyRole = fc.constantFrom<MemberRole>('owner', 'admin', 'auditor', 'member');
  const anyBy = fc.constantFrom('owner' as const, 'admin' as const);
  const command: fc.Arbitrary<RosterCommand> = fc
    .tuple(fc.constantFrom('invite', 'accept', 'change', 'remove'), anyName, anyName, anyRole, anyBy)
    .map(([kind, name, address, role, by]) => {
      if (kind === 'invite') return { ...invite(name, role), emailFingerprint: address, by };
      if (kind === 'accept') return accept(name);
      return kind === 'change' ? { ...change(name, role), by } : { ...remove(name), by };
    });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      let history = rosterDecider.initial;
      let hadOwner = false;
      for (const one of commands) {
        try {
          history = rosterDecider.decide(one, history).reduce(rosterDecider.evolve, history);
        } catch {
          continue;
        }
        const present = [...rosterOf(history).members.values()].filter(({ removed }) => !removed);
        const owners = present.filter(({ roles: { organization } }) => organization === 'owner');
        expect(owners.length > 0 || !hadOwner).toBe(true);
        hadOwner ||= owners.length > 0;
        const addresses = present.map(({ emailFingerprint }) => emailFingerprint);
        expect(new Set(addresses).size).toBe(addresses.length);
      }
    }),
  );
});
