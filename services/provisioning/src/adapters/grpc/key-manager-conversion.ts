import { type Caller, keyOf, type KeyPrincipal } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import type { KeyReach } from '../../domain/api-key/api-key.events';
import type { KeyManager } from '../../domain/api-key/key-manager';

/** FORBIDDEN `ORGANIZATION_REQUIRED` for a service, which tends no keys. */
export const fromCallerKeyManager = ({ principal }: Caller): KeyManager => {
  if (principal.kind === 'operator') return { kind: 'operator' };
  const key = keyOf(principal);
  if (!key) throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
  const { scopes, expiresAt, bounded } = key;
  return { kind: 'key', reach: reachOf(key), scopes, bounded, ...(expiresAt && { expiresAt }) };
};

const reachOf = (key: KeyPrincipal): KeyReach =>
  key.kind === 'workspaceKey' ? { role: key.role, workspaceId: key.workspaceId } : { role: key.role };
