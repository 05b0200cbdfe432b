import type { OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent, KeySecret } from './api-key.events';
import { demandKeyScope, type KeyManager, refuseMoreThan } from './key-manager';
import { ownedKey, refuseEnded } from './owned-key';

export interface RotateApiKey extends KeySecret {
  readonly type: 'RotateApiKey';
  readonly organizationId: OrganizationId;
  readonly manager: KeyManager;
  /** How long the secret that is replaced works on, in milliseconds: 0 … 7 days. */
  readonly overlapMs: number;
  readonly at: Date;
}

/**
 * NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's or workspace's; FORBIDDEN for a key that may more than who
 * would be told its secret; REFUSED where it has ended.
 */
export const rotateApiKey = (command: RotateApiKey, key: ApiKeyState): readonly ApiKeyEvent[] => {
  const { hash, pepperId, prefix, manager, overlapMs, at } = command;
  const owned = ownedKey(command, key);
  demandKeyScope(manager, owned, 'rotate');
  refuseMoreThan(manager, owned);
  refuseEnded(owned, at);
  const earlierEndsAt = new Date(at.getTime() + overlapMs);
  return [{ type: 'ApiKeyRotated', apiKeyId: owned.apiKeyId, hash, pepperId, prefix, earlierEndsAt }];
};
