import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 50;

/** Repeats a check that throws until it passes; throws what it said last when it has not within the time. */
export const eventually = async <T>(check: () => T | Promise<T>, withinMs = 15_000): Promise<T> => {
  for (const start = Date.now(); ; await sleep(PAUSE_MS)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() - start > withinMs) throw error;
    }
  }
};

/** Milliseconds until a probe answers true; throws after `withinMs`. */
export const timeUntil = async (probe: () => Promise<boolean>, withinMs: number): Promise<number> => {
  const start = performance.now();
  while (!(await probe())) {
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms`);
    await sleep(10);
  }
  return performance.now() - start;
};
