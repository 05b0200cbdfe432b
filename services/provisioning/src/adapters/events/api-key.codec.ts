import { fromProtoKeyRole, toProtoKeyRole } from '@gatehouse/access';
import { EVENTS } from '@gatehouse/events';
import {
  type AccessScope,
  apiKeyId,
  isWorkspaceRole,
  memberId as toMemberId,
  organizationId,
  workspaceId,
} from '@gatehouse/kernel';
import type { eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import { type ApiKeyEvent, type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { KeyRotation } from '../../domain/api-key/key-rotation';
import { fromProtoRecordedAccess, toProtoModelAccess } from './model-access';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const apiKeyCodec = EVENTS.codec<ApiKeyEvent>({
  ApiKeyIssued: {
    toMessage: ({ reach, limits, hash, scopes, models, memberId, ...event }) => ({
      ...event,
      memberId: memberId ?? '',
      workspaceId: workspaceOfReach(reach) ?? '',
      role: toProtoKeyRole(reach.role),
      limits: toProtoLimits(limits),
      hash: Buffer.from(hash, 'hex'),
      scopes: [...scopes],
      ...(!models.all && { models: toProtoModelAccess(models) }),
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
      prefix: message.prefix,
      scopes: message.scopes as AccessScope[],
      models: fromProtoRecordedAccess(message.models),
      ...(message.expiresAt && { expiresAt: message.expiresAt }),
      ...recordedRotation(message.rotation),
    }),
  },
  ApiKeyRotated: {
    toMessage: ({ hash, ...event }) => ({ ...event, hash: Buffer.from(hash, 'hex') }),
    fromMessage: ({ apiKeyId: id, hash, pepperId, prefix, earlierEndsAt, rotation }) => {
      if (!earlierEndsAt) throw new Error('a rotation without the end of what it replaces');
      const secret = { hash: Buffer.from(hash).toString('hex'), pepperId, prefix };
      return { apiKeyId: apiKeyId(id), ...secret, earlierEndsAt, ...recordedRotation(rotation) };
    },
  },
  ApiKeyLimitsChanged: {
    toMessage: ({ apiKeyId, limits }) => ({ apiKeyId, limits: toProtoLimits(limits) }),
    fromMessage: (message) => ({
      apiKeyId: apiKeyId(message.apiKeyId),
      limits: fromProtoRecordedLimits(message.limits),
    }),
  },
  ApiKeyModelsChanged: {
    toMessage: ({ apiKeyId, models }) => ({ apiKeyId, models: toProtoModelAccess(models) }),
    fromMessage: (message) => ({
      apiKeyId: apiKeyId(message.apiKeyId),
      models: fromProtoRecordedAccess(message.models),
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

const recordedRotation = (
  rotation: provisioningV1.KeyRotation | undefined,
): { readonly rotation?: KeyRotation } => {
  if (!rotation) return {};
  const { everyDays, dueAt } = rotation;
  if (!dueAt) throw new Error('a rotation without the time by which it is due');
  return { rotation: { everyDays, dueAt } };
};
