import type { OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent, KeySecret } from './api-key.events';
import { demandKeyScope, type KeyManager, refuseMoreThan } from './key-manager';
import { rotationFrom } from './key-rotation';
import { ownedKey, refuseEnded } from './owned-key';

export interface RotateApiKey extends KeySecret {
  readonly type: 'RotateApiKey';
  readonly organizationId: OrganizationId;
  readonly manager: KeyManager;
  /** How long the secret that is replaced works on, in milliseconds: 0 … 7 days. */
  readonly overlapMs: number;
  /** After how many days the new secret is to be replaced in turn, 0: nobody says so; undefined: as it was said before. */
  readonly everyDays?: number | undefined;
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
  const rotation = rotationFrom(at, command.everyDays ?? owned.rotation?.everyDays ?? 0);
  const { apiKeyId } = owned;
  return [{ type: 'ApiKeyRotated', apiKeyId, hash, pepperId, prefix, earlierEndsAt, rotation }];
};
