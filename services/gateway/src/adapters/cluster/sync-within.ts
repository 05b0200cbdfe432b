import { resolve } from 'node:path';
import { syncToDisk } from '@gatehouse/kernel';

/** Syncs what is in one of these directories, or one of them. Rejects what is elsewhere, and is not touched; with a system error what cannot be synced. */
export const syncWithin = async (directories: readonly string[], path: string): Promise<void> => {
  const asked = resolve(path);
  const isIn = (directory: string): boolean => `${asked}/`.startsWith(`${resolve(directory)}/`);
  if (!directories.some(isIn)) throw new Error(`a worker may not write ${path}`);
  await syncToDisk(asked);
};
