import type { AccessScope } from '@gatehouse/kernel';

/** The kinds of keys, as scopes tell them apart. */
const KINDS = [
  'organisation_service_api_keys',
  'workspace_service_api_keys',
  'workspace_user_api_keys',
] as const;

const onEachKind = (action: 'create' | 'list' | 'update' | 'delete' | 'rotate'): readonly AccessScope[] =>
  KINDS.map((kind) => `${kind}.${action}` as const);

/** What lets a key do something to keys of one kind at least; of which kind the key in question is, is seen later. */
export const KEY_SCOPES = {
  create: onEachKind('create'),
  list: onEachKind('list'),
  delete: onEachKind('delete'),
};
