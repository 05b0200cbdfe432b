import { EVENTS } from '@gatehouse/events';
import { apiKeyId, organizationId, workspaceId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ApiKeyEvent, KeyScope } from '../../domain/api-key/api-key.events';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const apiKeyCodec = EVENTS.codec<ApiKeyEvent>({
  ApiKeyIssued: {
    toMessage: ({ scope, limits, hash, ...event }) => ({
      ...event,
      workspaceId: scope.role === 'workspace' ? scope.workspaceId : '',
      role: toProtoRole(scope),
      limits: toProtoLimits(limits),
      hash: Buffer.from(hash, 'hex'),
    }),
    fromMessage: (message) => ({
      apiKeyId: apiKeyId(message.apiKeyId),
      organizationId: organizationId(message.organizationId),
      scope:
        message.role === provisioningV1.ApiKeyRole.ADMIN
          ? { role: 'admin' }
          : { role: 'workspace', workspaceId: workspaceId(message.workspaceId) },
      name: message.name,
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

export const toProtoRole = (scope: KeyScope): provisioningV1.ApiKeyRole =>
  scope.role === 'admin' ? provisioningV1.ApiKeyRole.ADMIN : provisioningV1.ApiKeyRole.WORKSPACE;
