import { setTimeout } from 'node:timers/promises';
import { AppError } from '@gatehouse/kernel';

/** So often somebody else's change may come in between. */
const TRIES_MAX = 5;
/** Until what came in between is read; longer each time. */
const PAUSE_MS = 50;

/**
 * Work that reads, and writes at the revision that it read: done anew where somebody else's change came in between, so that it is not
 * undone. CONFLICT `REVISION_MISMATCH` where that goes on and on.
 */
export const againWhenOvertaken = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const overtaken = error instanceof AppError && error.reason === 'REVISION_MISMATCH';
      if (!overtaken || tries >= TRIES_MAX) throw error;
      await setTimeout(tries * PAUSE_MS);
    }
  }
};
