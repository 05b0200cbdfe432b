import { AppError } from '@gatehouse/kernel';

/** What an answer of a service is there to show. UNAVAILABLE `PEER_FAILED` where it does not. */
export const shownIn = <T>(shown: T | undefined): T => {
  if (shown === undefined) throw new AppError('UNAVAILABLE', 'PEER_FAILED');
  return shown;
};
