import { readdirSync, readFileSync } from 'node:fs';

/** A process of the tree; Linux only, like the figures that are read here. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every running process that is no zombie. */
export const runningProcesses = (): ProcessEntry[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => entryOf(Number(name)));

/** A process and everything below it. */
export const processTree = (root: number): ProcessEntry[] => {
  const all = runningProcesses();
  const found = all.filter(({ pid }) => pid === root);
  for (let index = 0; index < found.length; index++) {
    found.push(...all.filter(({ parent }) => parent === found[index]?.pid));
  }
  return found;
};

/** Proportional set size in bytes, summed: shared pages count once. */
export const memoryOf = (tree: readonly ProcessEntry[]): number =>
  tree.reduce((sum, { pid }) => sum + proportionalSetSize(pid), 0);

const entryOf = (pid: number): ProcessEntry[] => {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return [{ pid, parent: Number(parent), command }];
  } catch {
    return [];
  }
};

const proportionalSetSize = (pid: number): number => {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
};
