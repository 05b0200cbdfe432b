import {
  type AccessScope,
  AppError,
  KEY_ROLES,
  type KeyRole,
  type MemberId,
  scopesOfKey,
} from '@gatehouse/kernel';
import { type KeyReach, workspaceOfReach } from './api-key.events';

/** A key that has something done to a key, by what it may itself. */
export interface ManagingKey {
  readonly kind: 'key';
  readonly reach: KeyReach;
  readonly scopes: ReadonlySet<AccessScope>;
  readonly expiresAt?: Date;
  /** It has limits, or may call some models only. */
  readonly bounded: boolean;
}

/** Who has something done to a key: the operator, a key, or the product as its person is removed. */
export type KeyManager = { readonly kind: 'operator' } | { readonly kind: 'product' } | ManagingKey;

/** What a key may. */
export interface Powers {
  readonly reach: KeyReach;
  /** Empty: all that its role allows. */
  readonly scopes: readonly AccessScope[];
  readonly expiresAt?: Date | undefined;
}

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

/** What scopes call kinds of keys. */
export const KEY_RESOURCES = [
  'organisation_service_api_keys',
  'workspace_service_api_keys',
  'workspace_user_api_keys',
] as const;
export type KeyResource = (typeof KEY_RESOURCES)[number];

const resourceOf = (reach: KeyReach, memberId: MemberId | undefined): KeyResource => {
  if (workspaceOfReach(reach) === undefined) return 'organisation_service_api_keys';
  return memberId === undefined ? 'workspace_service_api_keys' : 'workspace_user_api_keys';
};

/** FORBIDDEN `SCOPE_MISSING` for a manager that may not do this to keys like this one. */
export const demandKeyScope = (
  manager: KeyManager,
  { reach, memberId }: { readonly reach: KeyReach; readonly memberId: MemberId | undefined },
  action: 'create' | 'read' | 'update' | 'delete' | 'rotate',
): void => {
  const scope = `${resourceOf(reach, memberId)}.${action}` as const;
  if (manager.kind !== 'key' || manager.scopes.has(scope)) return;
  throw new AppError('FORBIDDEN', 'SCOPE_MISSING', { metadata: { scope } });
};

/** FORBIDDEN `KEY_ABOVE_CALLER` for a role above the manager's; `OPERATOR_ISSUES_ADMIN_KEYS` for the operator. */
export const refuseAbove = (manager: KeyManager, { role }: KeyReach): void => {
  if (manager.kind === 'product') return;
  if (manager.kind === 'operator') {
    if (!OPERATORS.includes(role)) throw new AppError('FORBIDDEN', 'OPERATOR_ISSUES_ADMIN_KEYS');
  } else if (!TENDED[manager.reach.role].includes(role)) throw above('role');
};

/**
 * Whoever is told a secret may what the key may: FORBIDDEN `KEY_ABOVE_CALLER` also where that has a scope that the manager
 * has not, or lasts longer, and for every key that is bounded itself, whose bounds no other key would have.
 */
export const refuseMoreThan = (manager: KeyManager, { reach, scopes, expiresAt }: Powers): void => {
  refuseAbove(manager, reach);
  if (manager.kind !== 'key') return;
  for (const scope of scopesOfKey(reach.role, scopes)) {
    if (!manager.scopes.has(scope)) throw above(scope);
  }
  if (manager.expiresAt && !(expiresAt && expiresAt <= manager.expiresAt)) throw above('expires_at');
  refuseBounded(manager);
};

/** FORBIDDEN `KEY_ABOVE_CALLER` for a manager that is bounded itself: it could take its own bounds away. */
export const refuseBounded = (manager: KeyManager): void => {
  if (manager.kind === 'key' && manager.bounded) throw above('limits');
};

const above = (beyond: string): AppError =>
  new AppError('FORBIDDEN', 'KEY_ABOVE_CALLER', { metadata: { beyond } });
