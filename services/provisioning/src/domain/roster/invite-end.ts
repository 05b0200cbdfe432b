import { AppError } from '@gatehouse/kernel';

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 7;
const DAYS_MAX = 30;

/** When an invite ends: in 7 days where nothing is asked for. REFUSED `END_HAS_PASSED`; INVALID `END_TOO_LATE` after 30 days, with the latest that it could be. */
export const inviteEnd = (asked: Date | undefined, at: Date): Date => {
  if (asked === undefined) return new Date(at.getTime() + DAYS_DEFAULT * DAY_MS);
  if (asked.getTime() <= at.getTime()) throw new AppError('REFUSED', 'END_HAS_PASSED');
  const latest = new Date(at.getTime() + DAYS_MAX * DAY_MS);
  if (asked > latest)
    throw new AppError('INVALID', 'END_TOO_LATE', { metadata: { latest: latest.toISOString() } });
  return asked;
};
