import type { AccessScope } from '@gatehouse/kernel';
import { KEY_RESOURCES } from '../../domain/api-key/key-manager';

const onAnyKey = (
  action: 'create' | 'read' | 'list' | 'update' | 'delete' | 'rotate',
): readonly AccessScope[] => KEY_RESOURCES.map((resource) => `${resource}.${action}` as const);

/** What lets a key do something to keys of one kind at least; of which kind the key in question is, is seen later. */
export const KEY_SCOPES = {
  create: onAnyKey('create'),
  read: onAnyKey('read'),
  list: onAnyKey('list'),
  update: onAnyKey('update'),
  delete: onAnyKey('delete'),
  rotate: onAnyKey('rotate'),
};
