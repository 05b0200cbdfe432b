import { EVENTS } from '@gatehouse/events';
import { inviteId, memberId, organizationId } from '@gatehouse/kernel';
import type { RosterEvent } from '../../domain/roster/roster.events';
import { fromProtoRecordedRoles, toProtoRoles } from './member-roles';

const memberOf = (message: { readonly organizationId: string; readonly memberId: string }) => ({
  organizationId: organizationId(message.organizationId),
  memberId: memberId(message.memberId),
});

const endOf = ({ expiresAt }: { readonly expiresAt?: Date | undefined }): Date => {
  if (!expiresAt) throw new Error('an invite without its end');
  return expiresAt;
};

export const rosterCodec = EVENTS.codec<RosterEvent>({
  MemberInvited: {
    toMessage: ({ roles, emailFingerprint, tokenHash, ...event }) => ({
      ...event,
      emailFingerprint: Buffer.from(emailFingerprint, 'hex'),
      roles: toProtoRoles(roles),
      tokenHash: Buffer.from(tokenHash, 'hex'),
    }),
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      inviteId: inviteId(message.inviteId),
      emailFingerprint: Buffer.from(message.emailFingerprint).toString('hex'),
      roles: fromProtoRecordedRoles(message.roles),
      tokenHash: Buffer.from(message.tokenHash).toString('hex'),
      expiresAt: endOf(message),
    }),
  },
  InviteResent: {
    toMessage: ({ tokenHash, ...event }) => ({ ...event, tokenHash: Buffer.from(tokenHash, 'hex') }),
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      inviteId: inviteId(message.inviteId),
      tokenHash: Buffer.from(message.tokenHash).toString('hex'),
      expiresAt: endOf(message),
    }),
  },
  InviteCancelled: {
    toMessage: (event) => event,
    fromMessage: (message) => ({
      organizationId: organizationId(message.organizationId),
      inviteId: inviteId(message.inviteId),
    }),
  },
  MemberJoined: {
    toMessage: ({ roles, emailFingerprint, ...event }) => ({
      ...event,
      emailFingerprint: Buffer.from(emailFingerprint, 'hex'),
      roles: toProtoRoles(roles),
    }),
    fromMessage: (message) => ({
      ...memberOf(message),
      inviteId: inviteId(message.inviteId),
      emailFingerprint: Buffer.from(message.emailFingerprint).toString('hex'),
      roles: fromProtoRecordedRoles(message.roles),
    }),
  },
  MemberRolesChanged: {
    toMessage: ({ roles, ...event }) => ({ ...event, roles: toProtoRoles(roles) }),
    fromMessage: (message) => ({ ...memberOf(message), roles: fromProtoRecordedRoles(message.roles) }),
  },
  MemberRemoved: {
    toMessage: (event) => event,
    fromMessage: memberOf,
  },
});
