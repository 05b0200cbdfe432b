import { AppError, type ErrorCode } from '@gatehouse/kernel';

/** To whoever asks, at this moment. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set(['FORBIDDEN', 'UNAUTHENTICATED']);

/** What an answer of a service is there to show. UNAVAILABLE `PEER_FAILED` where it does not. */
export const shownIn = <T>(shown: T | undefined): T => {
  if (shown === undefined) throw new AppError('UNAVAILABLE', 'PEER_FAILED');
  return shown;
};

/**
 * Waits until what was written is read. Whoever may write it and not read it waits for nothing; nor does who was somebody until it was written:
 * it may be what has ended that.
 */
export const awaited = async (read: Promise<unknown>): Promise<void> => {
  try {
    await read;
  } catch (error) {
    if (!(error instanceof AppError && UNREADABLE.has(error.code))) throw error;
  }
};
