import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Who has a processor for himself, who has another one, and who has what is left. */
export interface Pinned {
  readonly measured: readonly number[];
  readonly load: readonly number[];
  /** Asked again at the end: what they have started meanwhile runs as they do. */
  readonly others: () => readonly number[];
}

/** Whether there is more than one processor, and a way to say who runs where, and behind whom (`taskset` and `chrt` of util-linux). */
export const canPin = (): boolean =>
  availableParallelism() > 1 &&
  ['taskset', 'chrt'].every((tool) => spawnSync(tool, ['--version']).status === 0);

const pin = (pids: readonly number[], processors: string): void => {
  // Of a process that has ended meanwhile nothing is wanted any more.
  for (const pid of pids) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processors, `${pid}`]);
};

/** Undefined where sessions are no groups, and of a process that has ended. */
const groupOf = (pid: number): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/autogroup`, 'utf8').split(' ')[0];
  } catch {
    return undefined;
  }
};

/**
 * Where each session is a group of its own (`sched_autogroup`, sched(7)), a policy puts a process behind those of its session alone: groups are put
 * behind each other by their own niceness, which root alone may take back.
 */
const setGroups = (pids: readonly number[], besides: readonly number[], nice: 0 | 19): void => {
  if (process.getuid?.() !== 0) return;
  const spared = new Set(besides.map(groupOf));
  for (const pid of pids) {
    const group = groupOf(pid);
    if (group !== undefined && !spared.has(group)) setGroup(pid, nice);
  }
};

/** As with `chrt`, what may not be set, or has ended, stays as it is. */
const setGroup = (pid: number, nice: 0 | 19): void => {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, `${nice}`);
  } catch {
    // What nginx adds tells of it.
  }
};

const schedule = (pids: readonly number[], policy: '--idle' | '--other'): void => {
  for (const pid of pids) spawnSync('chrt', [policy, '--all-tasks', '--pid', '0', `${pid}`]);
};

const setBehind = (others: readonly number[], load: readonly number[], behind: boolean): void => {
  schedule(others, behind ? '--idle' : '--other');
  setGroups(others, load, behind ? 19 : 0);
};

/**
 * What is measured has a processor for itself; load and provider have another one. Where there are but two, all else runs on that while
 * neither of them wants it: what a caller would wait for is not what it measures.
 */
export const pinned = async <T>(
  { measured, load, others: othersNow }: Pinned,
  work: () => Promise<T>,
): Promise<T> => {
  const last = availableParallelism() - 1;
  const others = othersNow();
  pin(measured, '0');
  pin(load, '1');
  pin(others, last > 1 ? `2-${last}` : '1');
  if (last === 1) setBehind(others, load, true);
  try {
    return await work();
  } finally {
    const after = othersNow();
    if (last === 1) setBehind(after, load, false);
    pin([...measured, ...load, ...after], `0-${last}`);
  }
};
