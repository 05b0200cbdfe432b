import { AppError } from '@gatehouse/kernel';

/** What an answer of a service is there to show. UNAVAILABLE `PEER_FAILED` where it does not. */
export const shownIn = <T>(shown: T | undefined): T => {
  if (shown === undefined) throw new AppError('UNAVAILABLE', 'PEER_FAILED');
  return shown;
};

/** Waits until what was written is read; whoever may write it and not read it waits for nothing. */
export const awaited = async (read: Promise<unknown>): Promise<void> => {
  try {
    await read;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'FORBIDDEN')) throw error;
  }
};
