import { fromProtoKeyRole, toProtoKeyRole } from '@gatehouse/access';
import { EVENTS } from '@gatehouse/events';
import {
  apiKeyId,
  isWorkspaceRole,
  memberId as toMemberId,
  organizationId,
  workspaceId,
} from '@gatehouse/kernel';
import type { eventsV1 } from '@gatehouse/proto-gen';
import { type ApiKeyEvent, type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const apiKeyCodec = EVENTS.codec<ApiKeyEvent>({
  ApiKeyIssued: {
    toMessage: ({ reach, limits, hash, memberId, ...event }) => ({
      ...event,
      memberId: memberId ?? '',
      workspaceId: workspaceOfReach(reach) ?? '',
      role: toProtoKeyRole(reach.role),
      limits: toProtoLimits(limits),
      hash: Buffer.from(hash, 'hex'),
    }),
    fromMessage: (message) => ({
      apiKeyId: apiKeyId(message.apiKeyId),
      organizationId: organizationId(message.organizationId),
      reach: fromRecordedReach(message),
      name: message.name,
      memberId: message.memberId === '' ? undefined : toMemberId(message.memberId),
      limits: fromProtoRecordedLimits(message.limits),
      hash: Buffer.from(message.hash).toString('hex'),
      pepperId: message.pepperId,
    }),
  },
  ApiKeyRevoked: {
    toMessage: (event) => event,
    fromMessage: (message) => {
      if (!message.revokedAt) throw new Error('a revocation without its time');
      return { apiKeyId: apiKeyId(message.apiKeyId), revokedAt: message.revokedAt };
    },
  },
});

/** Throws for a role that this program does not know. */
const fromRecordedReach = (message: Pick<eventsV1.ApiKeyIssued, 'role' | 'workspaceId'>): KeyReach => {
  const role = fromProtoKeyRole(message.role);
  if (role === undefined) throw new Error('a key of an unknown role');
  return isWorkspaceRole(role) ? { role, workspaceId: workspaceId(message.workspaceId) } : { role };
};
