import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One life of one process: a process id alone is given again to others. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Undefined when no such process runs; one that has ended but was not reaped counts as ended. */
export const identityOf = (pid: number): ProcessIdentity | undefined => {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
};

export const isRunning = ({ pid, startedAt }: ProcessIdentity): boolean =>
  identityOf(pid)?.startedAt === startedAt;

/** Field 22 of the process' status, in clock ticks since the boot that the boot id names. */
const startOnLinux = (pid: number): string | undefined => {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
};

const startByPs = (pid: number): string | undefined => {
  const { stdout, status } = spawnSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' });
  return status === 0 && stdout.trim() ? stdout.trim() : undefined;
};
