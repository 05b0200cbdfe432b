import { AppError, type Brand, type WorkspaceId } from '@gatehouse/kernel';

/** An organization's word for a workspace, unique in it for ever. */
export type WorkspaceSlug = Brand<string, 'WorkspaceSlug'>;

const LENGTH_MAX = 64;

/** INVALID `WORKSPACE_SLUG_MALFORMED`, also for what looks like the id of a workspace. */
export const workspaceSlug = (raw: string): WorkspaceSlug => {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(raw) || /^ws_[0-9a-z]{26}$/.test(raw)) {
    throw new AppError('INVALID', 'WORKSPACE_SLUG_MALFORMED');
  }
  return raw as WorkspaceSlug;
};

/**
 * The slugs that may be made from a workspace's name, in the order in which they are tried: the words of the name, then
 * with the end of the id, then with all of it, which nobody else can have.
 */
export const slugsFromName = (name: string, id: WorkspaceId): readonly WorkspaceSlug[] => {
  const suffix = id.slice('ws_'.length);
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('-');
  const base = words.slice(0, LENGTH_MAX - suffix.length - 1).replace(/-$/, '') || 'workspace';
  return [base, `${base}-${suffix.slice(-6)}`, `${base}-${suffix}`].map(workspaceSlug);
};
