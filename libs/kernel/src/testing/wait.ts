import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a machine that is busy; what takes longer does not come about. */
const WITHIN_MS = 15_000;
const PAUSE_MS = 10;

/** Repeats a check that throws until it passes, and answers what it answers; throws what it said last. */
export const eventually = async <T>(check: () => T | Promise<T>, withinMs = WITHIN_MS): Promise<T> => {
  for (const start = performance.now(); ; await sleep(PAUSE_MS)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() - start > withinMs) throw error;
    }
  }
};

/**
 * Waits until a condition holds, and answers how many milliseconds that took. Throws when it does not within the
 * time, with what was waited for or, as a function, with how far it has come; and at once what the condition throws.
 */
export const until = async (
  holds: () => boolean | Promise<boolean>,
  what: string | (() => unknown) = 'what was waited for',
  withinMs = WITHIN_MS,
): Promise<number> => {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > withinMs)
      throw new Error(`not within ${withinMs} ms: ${String(typeof what === 'string' ? what : await what())}`);
    await sleep(PAUSE_MS);
  }
  return performance.now() - start;
};
