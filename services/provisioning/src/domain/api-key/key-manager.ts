import { AppError, KEY_ROLES, type KeyRole } from '@gatehouse/kernel';
import { type KeyReach, workspaceOfReach } from './api-key.events';

/** Who has something done to a key: the operator, a key, by what it opens itself, or the product as its person is removed. */
export type KeyManager =
  | { readonly kind: 'operator' }
  | { readonly kind: 'product' }
  | { readonly kind: 'key'; readonly reach: KeyReach };

/** The roles whose keys a role tends: never one that may more than itself. */
const TENDED: Readonly<Record<KeyRole, readonly KeyRole[]>> = {
  owner: KEY_ROLES,
  admin: ['admin', 'auditor', 'workspaceAdmin', 'workspaceMember'],
  auditor: [],
  workspaceAdmin: ['workspaceAdmin', 'workspaceMember'],
  workspaceMember: [],
};

/** The operator lets admins in, who do the rest. */
const OPERATORS: readonly KeyRole[] = ['owner', 'admin'];

/** Whether a manager is to know of a key of its organization at all: a workspace's sees no other's. */
export const sees = (manager: KeyManager, reach: KeyReach): boolean => {
  if (manager.kind !== 'key') return true;
  const workspaceId = workspaceOfReach(manager.reach);
  return workspaceId === undefined || workspaceOfReach(reach) === workspaceId;
};

/** FORBIDDEN `KEY_ABOVE_CALLER` for a key that may more than who tends it; `OPERATOR_ISSUES_ADMIN_KEYS` for the operator. */
export const refuseAbove = (manager: KeyManager, { role }: KeyReach): void => {
  if (manager.kind === 'product') return;
  if (manager.kind === 'operator') {
    if (!OPERATORS.includes(role)) throw new AppError('FORBIDDEN', 'OPERATOR_ISSUES_ADMIN_KEYS');
  } else if (!TENDED[manager.reach.role].includes(role)) {
    throw new AppError('FORBIDDEN', 'KEY_ABOVE_CALLER');
  }
};
