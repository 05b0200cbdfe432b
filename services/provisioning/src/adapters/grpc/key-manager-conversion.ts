import { type Caller, keyOf } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import type { KeyManager } from '../../domain/api-key/key-manager';

/** FORBIDDEN `ORGANIZATION_REQUIRED` for a service, which tends no keys. */
export const fromCallerKeyManager = ({ principal }: Caller): KeyManager => {
  if (principal.kind === 'operator') return { kind: 'operator' };
  const key = keyOf(principal);
  if (!key) throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
  return {
    kind: 'key',
    reach:
      key.kind === 'workspaceKey' ? { role: key.role, workspaceId: key.workspaceId } : { role: key.role },
  };
};
