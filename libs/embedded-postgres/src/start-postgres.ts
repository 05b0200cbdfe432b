import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLEAN_ENV } from './clean-env';
import { dataDirectoryArgument, ensureDataDirectory } from './data-directory';
import { freePort } from './free-port';
import { postgresAccount, type PostgresAccount } from './postgres-account';
import { postgresBinaries } from './postgres-binaries';
import { readPostmasterFile, stopPredecessor, trySignal } from './postmaster-file';

const READY_DEADLINE_MS = 60_000;
const START_ATTEMPTS_MAX = 3;
const STOP_DEADLINE_MS = 15_000;
const LOG_BYTES_MAX = 5_000_000;

export interface StartPostgresOptions {
  /** Made when absent. Its parent directories may be readable by us alone, even where Postgres is another user. */
  readonly dataDir: string;
  /** Of 127.0.0.1. Absent: a free one. */
  readonly port?: number;
  /** The password of `postgres`; it counts when the data directory is made and must be the same afterwards. */
  readonly superuserPassword: string;
  /** File that Postgres' messages are appended to; one older file is kept as `<log>.1`. */
  readonly log: string;
  /** False makes commits fast and a crash of the machine fatal for the data: for tests. */
  readonly durable?: boolean;
  /** More settings, for example `{ work_mem: '8MB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  /** Connection string of the superuser. */
  url(database?: string): string;
  /** Resolves when the server has ended, asked or not. */
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. Repeating it does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres on a directory, making it first when needed, and returns when it accepts connections. A server that
 * an earlier start left behind is stopped first. It listens on 127.0.0.1 only, without a socket file, and ends when
 * this process ends, however that happens.
 */
export const startPostgres = async (options: StartPostgresOptions): Promise<PostgresServer> => {
  const dataDir = resolve(options.dataDir);
  const account = postgresAccount();
  const binaries = postgresBinaries(account);
  const durable = options.durable ?? true;
  const { superuserPassword } = options;
  await ensureDataDirectory({ initdb: binaries.initdb, dataDir, account, superuserPassword, sync: durable });
  await stopPredecessor(dataDir);
  rotateLog(options.log);
  const port = options.port ?? (await freePort());
  for (let attempt = 1; ; attempt++) {
    const running = spawnPostgres(binaries.postgres, dataDir, account, port, options);
    if (await isReady(running, dataDir)) return serverOf(running, port, superuserPassword);
    // The children of a killed predecessor hold its shared memory for a moment longer.
    if (attempt >= START_ATTEMPTS_MAX) {
      throw new Error(`Postgres did not start on 127.0.0.1:${port}:\n${lastLines(options.log)}`);
    }
    await sleep(500 * attempt);
  }
};

interface RunningPostgres {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  hasExited: boolean;
}

/**
 * The shell becomes Postgres after leaving a guard behind: a process that waits on a pipe from us. The pipe breaks
 * when we end, even by SIGKILL, and the guard then asks Postgres to stop; a line on it sends the guard home.
 */
const GUARD = '( ( read -r _ <&3 || kill -INT $$ ) >/dev/null 2>&1 & ) ; exec "$@" 3<&-';

const spawnPostgres = (
  postgres: string,
  dataDir: string,
  account: PostgresAccount | undefined,
  port: number,
  options: StartPostgresOptions,
): RunningPostgres => {
  const args = [
    ...['-D', dataDirectoryArgument(dataDir), '-h', '127.0.0.1', '-k', '', '-p', String(port)],
    ...Object.entries(settingsOf(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const guarded = process.platform !== 'win32';
  const log = openSync(options.log, 'a', 0o600);
  const [command, commandArgs] = guarded
    ? ['/bin/sh', ['-c', GUARD, 'sh', postgres, ...args]]
    : [postgres, args];
  const child = spawn(command, commandArgs, {
    ...account,
    cwd: dataDir,
    env: CLEAN_ENV,
    stdio: ['ignore', log, log, 'pipe'],
    // A group of its own: Ctrl-C in the terminal must not stop Postgres before those that use it.
    detached: true,
  });
  closeSync(log);
  const guard = child.stdio[3] as Writable | null;
  guard?.on('error', () => undefined);
  (guard as { unref?: () => void } | null)?.unref?.();
  const running: RunningPostgres = {
    child,
    hasExited: false,
    exited: new Promise((resolve) => {
      const ended = (): void => {
        running.hasExited = true;
        guard?.end('done\n');
        resolve();
      };
      child.once('exit', ended);
      child.once('error', ended);
    }),
  };
  return running;
};

/** Small on purpose: the whole product on one machine is to leave memory to others. */
const settingsOf = ({ durable = true, settings = {} }: StartPostgresOptions): Record<string, string> => ({
  max_connections: '200',
  shared_buffers: '32MB',
  io_method: 'sync',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  synchronous_commit: durable ? 'on' : 'off',
  ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  ...settings,
});

const isReady = async (running: RunningPostgres, dataDir: string): Promise<boolean> => {
  for (const start = Date.now(); Date.now() - start < READY_DEADLINE_MS; await sleep(10)) {
    if (running.hasExited) return false;
    const file = readPostmasterFile(dataDir);
    if (file?.ready && file.pid === running.child.pid) return true;
  }
  await stop(running);
  return false;
};

const stop = async ({ child, exited }: RunningPostgres): Promise<void> => {
  if (child.pid === undefined) return;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    trySignal(child.pid, signal);
    const deadline = new AbortController();
    const late = sleep(STOP_DEADLINE_MS, undefined, { signal: deadline.signal }).catch(() => undefined);
    await Promise.race([exited, late]);
    deadline.abort();
  }
  await exited;
};

const serverOf = (running: RunningPostgres, port: number, password: string): PostgresServer => ({
  port,
  pid: running.child.pid ?? 0,
  exited: running.exited,
  url: (database = 'postgres') =>
    `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
  stop: () => stop(running),
});

const rotateLog = (log: string): void => {
  mkdirSync(dirname(log), { recursive: true });
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(log, `${log}.1`);
};

const lastLines = (log: string): string => {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch {
    return '(no log)';
  }
};
