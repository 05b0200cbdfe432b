import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Who has a processor for himself, who has another one, and who has what is left. */
export interface Pinned {
  readonly measured: readonly number[];
  readonly load: readonly number[];
  readonly others: readonly number[];
}

/** Whether there is more than one processor, and a way to say who runs where (`taskset` of util-linux). */
export const canPin = (): boolean =>
  availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

const pin = (pids: readonly number[], processors: string): void => {
  // Of a process that has ended meanwhile nothing is wanted any more.
  for (const pid of pids) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processors, `${pid}`]);
};

/** What is measured has a processor for itself; load and provider have another one, which they share with all else where there are but two. */
export const pinned = async <T>({ measured, load, others }: Pinned, work: () => Promise<T>): Promise<T> => {
  const last = availableParallelism() - 1;
  pin(measured, '0');
  pin(load, '1');
  pin(others, last > 1 ? `2-${last}` : '1');
  try {
    return await work();
  } finally {
    pin([...measured, ...load, ...others], `0-${last}`);
  }
};
