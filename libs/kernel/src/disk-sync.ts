import { open } from 'node:fs/promises';

/** What was written to a file, or which names a directory has, is on disk when it resolves (fsync(2)). Rejects where it may not be: with a system error. */
export type DiskSync = (path: string) => Promise<void>;

export const syncToDisk: DiskSync = async (path) => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
