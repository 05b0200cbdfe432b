import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import { type KeyManager, sees } from './key-manager';

/** A key that was issued. */
export type IssuedKeyState = Exclude<ApiKeyState, { readonly status: 'absent' }>;

/** NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's, and for what the manager's workspace has not. */
export const ownedKey = (
  { organizationId, manager }: { readonly organizationId: OrganizationId; readonly manager: KeyManager },
  key: ApiKeyState,
): IssuedKeyState => {
  if (key.status === 'absent' || key.organizationId !== organizationId || !sees(manager, key.reach))
    throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  return key;
};
