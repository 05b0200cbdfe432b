import { AppError, type ErrorCode } from '@gatehouse/kernel';

/** What is said of whoever asks, and of no command that was approved: a certificate or a token is being changed, or too much is asked. */
const OF_OURSELVES: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'EXHAUSTED']);

/** What another service answers to a command. Where it refuses this service itself that is UNAVAILABLE `PEER_REFUSED`: it may yet be done. */
export const refusedAsCommand = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof AppError) || !OF_OURSELVES.has(error.code)) throw error;
    throw new AppError('UNAVAILABLE', 'PEER_REFUSED', { cause: error, metadata: { reason: error.reason } });
  }
};
