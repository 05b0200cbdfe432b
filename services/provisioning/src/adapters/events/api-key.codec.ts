import { apiKeyId, organizationId, workspaceId } from '@gatehouse/kernel';
import { eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import type { ApiKeyEvent, ApiKeyIssued, KeyScope } from '../../domain/api-key/api-key.events';
import { eventCodec } from './event-codec';
import { fromProtoRecordedLimits, toProtoLimits } from './recorded-limits';

export const apiKeyCodec = eventCodec<ApiKeyEvent>(
  {
    ApiKeyIssued: ({ apiKeyId, organizationId, scope, name, limits, hash }) =>
      eventsV1.ApiKeyIssued.toJSON({
        apiKeyId,
        organizationId,
        workspaceId: scope.role === 'workspace' ? scope.workspaceId : '',
        name,
        role: toProtoRole(scope),
        limits: toProtoLimits(limits),
        hash: Buffer.from(hash, 'hex'),
      }),
    ApiKeyRevoked: ({ apiKeyId, revokedAt }) => eventsV1.ApiKeyRevoked.toJSON({ apiKeyId, revokedAt }),
  },
  {
    'ApiKeyIssued@1': (data) => fromProtoIssued(eventsV1.ApiKeyIssued.fromJSON(data)),
    'ApiKeyRevoked@1': (data) => {
      const stored = eventsV1.ApiKeyRevoked.fromJSON(data);
      if (!stored.revokedAt) throw new Error('a revocation without its time');
      return {
        type: 'ApiKeyRevoked',
        version: 1,
        apiKeyId: apiKeyId(stored.apiKeyId),
        revokedAt: stored.revokedAt,
      };
    },
  },
);

export const toProtoRole = (scope: KeyScope): provisioningV1.ApiKeyRole =>
  scope.role === 'admin' ? provisioningV1.ApiKeyRole.ADMIN : provisioningV1.ApiKeyRole.WORKSPACE;

const fromProtoIssued = (stored: eventsV1.ApiKeyIssued): ApiKeyIssued => ({
  type: 'ApiKeyIssued',
  version: 1,
  apiKeyId: apiKeyId(stored.apiKeyId),
  organizationId: organizationId(stored.organizationId),
  scope:
    stored.role === provisioningV1.ApiKeyRole.ADMIN
      ? { role: 'admin' }
      : { role: 'workspace', workspaceId: workspaceId(stored.workspaceId) },
  name: stored.name,
  limits: fromProtoRecordedLimits(stored.limits),
  hash: Buffer.from(stored.hash).toString('hex'),
});
