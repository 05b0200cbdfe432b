import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** What was written to a file, or which names a directory has, is on disk when it resolves (fsync(2)). Rejects where it may not be: with a system error. */
export type DiskSync = (path: string) => Promise<void>;

export const syncToDisk: DiskSync = async (path) => {
  // Of what is no file and no directory it does not wait for another end.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
