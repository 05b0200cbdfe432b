import { AppError, isSayableInstant } from '@gatehouse/kernel';

const EXPECTED = '2026-12-24T18:00:00Z, or a day, 2026-12-24';

/** An instant, e.g. 2026-12-24T18:00:00Z, or a day, which begins at 00:00 UTC. INVALID `TIME_MALFORMED`. */
export const parseInstant = (text: string): Date => {
  const instant = new Date(text);
  const isIso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  if (!isIso || !isSayableInstant(instant) || !isDay(text.slice(0, '2026-12-24'.length)))
    throw new AppError('INVALID', 'TIME_MALFORMED', { metadata: { text, expected: EXPECTED } });
  return instant;
};

/** What is read of a 30th of February is a day in March. */
const isDay = (text: string): boolean => new Date(text).toISOString().startsWith(text);
