/** Waits; ends early, without an error, when aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
};

/** Milliseconds to wait after the n-th failure in a row (from 1): 100, 200, 400 … 5000. */
export const backoffMs = (failures: number): number => Math.min(100 * 2 ** (failures - 1), 5_000);
