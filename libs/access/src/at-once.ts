import { AppError } from '@gatehouse/kernel';

/** Runs so much work at a time, and refuses what is more without keeping it waiting: UNAVAILABLE `TOO_MANY_CALLS`. */
export const atOnce = (max: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let running = 0;
  return async (work) => {
    if (running >= max) throw new AppError('UNAVAILABLE', 'TOO_MANY_CALLS');
    running++;
    try {
      return await work();
    } finally {
      running--;
    }
  };
};
