import { setTimeout as delay } from 'node:timers/promises';

/** What a run knows of time. */
export interface Time {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const machineTime: Time = {
  now: () => performance.now(),
  sleep: (ms) => delay(ms),
};
