import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Nanoseconds that each thread of some processes has had of a processor. Linux only. */
export type ProcessorTime = ReadonlyMap<string, number>;

const threadsOf = (pid: number): readonly string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`);
  } catch {
    return [];
  }
};

const readThread = (file: string): number => {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
};

export const processorTimeOf = (pids: readonly number[]): ProcessorTime =>
  new Map(pids.flatMap(threadsOf).map((file) => [file, readThread(file)] as const));

const TICK_NS = 10_000_000;

/**
 * The same of processes with those that were their children and have ended, as one figure, to a hundredth of a second: for Postgres,
 * whose connections come and go.
 */
export const processorTimeWithEnded = (pids: readonly number[]): ProcessorTime => {
  const ticksOf = (pid: number): number => {
    try {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // After the name, which is in parentheses: from the 12th its own time and its children's, each in user and in system mode.
      const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
      return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
    } catch {
      return 0;
    }
  };
  return new Map([['all', pids.reduce((sum, pid) => sum + ticksOf(pid), 0) * TICK_NS]]);
};

/** Microseconds of all threads; what ended meanwhile is not counted. */
export const microsecondsBetween = (before: ProcessorTime, after: ProcessorTime): number => {
  let sum = 0;
  for (const [thread, at] of after) sum += at - (before.get(thread) ?? 0);
  return sum / 1_000;
};

const LOOK_EVERY_MS = 250;
const LOOKS_MAX = 240;

/** Waits until processes take no more than so much of a processor: what was left to be done behind a load is done. */
export const untilCalm = async (pidsNow: () => readonly number[], share = 0.1): Promise<void> => {
  let before = processorTimeOf(pidsNow());
  for (let look = 0, calm = 0; look < LOOKS_MAX && calm < 2; look++) {
    await sleep(LOOK_EVERY_MS);
    const now = processorTimeOf(pidsNow());
    calm = microsecondsBetween(before, now) < LOOK_EVERY_MS * 1_000 * share ? calm + 1 : 0;
    before = now;
  }
};
