import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState, IssuedKey } from './api-key';
import { workspaceOfReach } from './api-key.events';
import { demandKeyScope, type KeyManager, refuseAbove, refuseBounded, sees } from './key-manager';

/** Who asks for something to be done to a key. */
interface Asked {
  readonly organizationId: OrganizationId;
  readonly manager: KeyManager;
}

/** NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's, and for what the manager's workspace has not. */
export const ownedKey = ({ organizationId, manager }: Asked, key: ApiKeyState): IssuedKey => {
  if (key.status === 'absent' || key.organizationId !== organizationId || !sees(manager, key.reach))
    throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  return key;
};

/** REFUSED `API_KEY_REVOKED`, `API_KEY_EXPIRED`: what has ended does not change any more. */
export const refuseEnded = ({ status, expiresAt }: IssuedKey, at: Date): void => {
  if (status === 'revoked') throw new AppError('REFUSED', 'API_KEY_REVOKED');
  if (expiresAt && expiresAt <= at) throw new AppError('REFUSED', 'API_KEY_EXPIRED');
};

/**
 * A key whose bounds may be changed: NOT_FOUND as above; FORBIDDEN where its manager may not; REFUSED where it has ended, and
 * `KEY_CALLS_NO_MODELS` for one of the whole organization.
 */
export const boundableKey = (asked: Asked & { readonly at: Date }, key: ApiKeyState): IssuedKey => {
  const owned = ownedKey(asked, key);
  demandKeyScope(asked.manager, owned, 'update');
  refuseAbove(asked.manager, owned.reach);
  refuseBounded(asked.manager);
  refuseEnded(owned, asked.at);
  if (workspaceOfReach(owned.reach) === undefined) throw new AppError('REFUSED', 'KEY_CALLS_NO_MODELS');
  return owned;
};
