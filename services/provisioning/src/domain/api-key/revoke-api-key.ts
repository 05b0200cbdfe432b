import type { OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent } from './api-key.events';
import { demandKeyScope, type KeyManager, refuseAbove } from './key-manager';
import { ownedKey } from './owned-key';

export interface RevokeApiKey {
  readonly type: 'RevokeApiKey';
  readonly organizationId: OrganizationId;
  readonly manager: KeyManager;
  readonly at: Date;
}

/**
 * NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's or workspace's; FORBIDDEN for a key above who revokes it. Revoking twice is not an error: the second records
 * nothing.
 */
export const revokeApiKey = (command: RevokeApiKey, key: ApiKeyState): readonly ApiKeyEvent[] => {
  const owned = ownedKey(command, key);
  demandKeyScope(command.manager, owned, 'delete');
  refuseAbove(command.manager, owned.reach);
  if (owned.status === 'revoked') return [];
  return [{ type: 'ApiKeyRevoked', apiKeyId: owned.apiKeyId, revokedAt: command.at }];
};
