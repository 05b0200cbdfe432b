import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_DEADLINE_MS = 15_000;

/** What Postgres writes about itself into `postmaster.pid`. */
interface PostmasterFile {
  readonly pid: number;
  readonly ready: boolean;
}

export const readPostmasterFile = (dataDir: string): PostmasterFile | undefined => {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Stops a Postgres that an earlier launcher left running on this directory. A lock file whose process id now belongs
 * to somebody else is removed, because Postgres itself would take that process for its predecessor.
 */
export const stopPredecessor = async (dataDir: string): Promise<void> => {
  const found = readPostmasterFile(dataDir);
  if (!found || !isAlive(found.pid)) return;
  if (!isPostmasterOf(found.pid, dataDir)) {
    rmSync(join(dataDir, 'postmaster.pid'), { force: true });
    return;
  }
  await stopProcess(found.pid);
};

/** SIGINT is Postgres' fast shutdown: it rolls back what is open and writes a checkpoint. SIGQUIT skips that. */
const stopProcess = async (pid: number): Promise<void> => {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!trySignal(pid, signal)) return;
    for (const start = Date.now(); Date.now() - start < STOP_DEADLINE_MS; await sleep(20)) {
      if (!isAlive(pid)) return;
    }
  }
  throw new Error(`the Postgres with process id ${pid} could not be stopped`);
};

export const trySignal = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return !isZombie(pid);
};

/** In a container without an init nobody reaps an orphan; it has ended all the same. */
const isZombie = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
};

const isPostmasterOf = (pid: number, dataDir: string): boolean => {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
    return stdout.includes(dataDir);
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return false;
  }
};
