import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent } from './api-key.events';

export interface RevokeApiKey {
  readonly type: 'RevokeApiKey';
  readonly organizationId: OrganizationId;
  readonly at: Date;
}

/**
 * NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's. Revoking twice is not an error: the second records
 * nothing.
 */
export const revokeApiKey = (
  { organizationId, at }: RevokeApiKey,
  key: ApiKeyState,
): readonly ApiKeyEvent[] => {
  if (key.status === 'absent' || key.organizationId !== organizationId) {
    throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  }
  if (key.status === 'revoked') return [];
  return [{ type: 'ApiKeyRevoked', apiKeyId: key.apiKeyId, revokedAt: at }];
};
