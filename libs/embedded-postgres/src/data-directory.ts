import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CLEAN_ENV } from './clean-env';
import { hasPasswdEntry, type PostgresAccount } from './postgres-account';

/**
 * How Postgres is told its own data directory: by the directory it is started in. A path would have to be readable
 * from the root down by the user that Postgres runs as, and a checkout under /root is not; the kernel's link to the
 * current directory needs no such walk.
 */
export const dataDirectoryArgument = (dataDir: string): string =>
  process.platform === 'linux' ? '/proc/self/cwd' : dataDir;

export interface InitdbOptions {
  readonly initdb: string;
  readonly dataDir: string;
  readonly account: PostgresAccount | undefined;
  readonly superuserPassword: string;
  /** False skips the flush at the end: for data that may be lost. */
  readonly sync: boolean;
}

/**
 * Makes the data directory unless it is there. It is made beside its place and renamed, so that it is whole wherever
 * it exists; what an interrupted attempt left behind is removed.
 */
export const ensureDataDirectory = async (options: InitdbOptions): Promise<void> => {
  const { dataDir, account } = options;
  mkdirSync(dirname(dataDir), { recursive: true });
  removePartials(dataDir);
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const partial = `${dataDir}.partial-${randomBytes(6).toString('hex')}`;
  mkdirSync(partial, { mode: 0o700 });
  if (account) chownSync(partial, account.uid, account.gid);
  try {
    await runInitdb(partial, options);
    renameSync(partial, dataDir);
    flushDirectory(dirname(dataDir));
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
};

const removePartials = (dataDir: string): void => {
  const prefix = `${basename(dataDir)}.partial-`;
  for (const name of readdirSync(dirname(dataDir))) {
    if (!name.startsWith(prefix)) continue;
    try {
      rmSync(join(dirname(dataDir), name), { recursive: true, force: true });
    } catch {
      // An initdb that outlived its launcher still writes there; the next start removes the rest.
    }
  }
};

const runInitdb = async (partial: string, options: InitdbOptions): Promise<void> => {
  const password = passwordFile(partial, options);
  const args = [
    ...['-D', dataDirectoryArgument(partial), '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile=/dev/stdin'],
    ...['--no-locale', '-E', 'UTF8', ...(options.sync ? [] : ['--no-sync'])],
  ];
  const [command, ...commandArgs] = named([options.initdb, ...args]);
  const child = spawn(command ?? options.initdb, commandArgs, {
    ...options.account,
    cwd: partial,
    env: CLEAN_ENV,
    stdio: [password, 'pipe', 'pipe'],
    detached: true,
  });
  closeSync(password);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${code ?? signal}`));
  });
  if (failure !== undefined) throw new Error(`initdb ${failure}: ${output.trim().slice(-2000)}${hint()}`);
};

/** The password as an open file without a name: never on a command line, nothing to clean up. */
const passwordFile = (partial: string, { account, superuserPassword }: InitdbOptions): number => {
  const path = `${partial}-password`;
  writeFileSync(path, `${superuserPassword}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (account) chownSync(path, account.uid, account.gid);
    return openSync(path, 'r');
  } finally {
    unlinkSync(path);
  }
};

/** initdb wants its user to have a name. A user namespace lends one to a user id that has none. */
const named = (command: string[]): string[] =>
  process.platform !== 'linux' || hasPasswdEntry()
    ? command
    : ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--', ...command];

const hint = (): string =>
  process.platform !== 'linux' || hasPasswdEntry()
    ? ''
    : '\nThis user id has no entry in /etc/passwd and no user namespace could be made for it: ' +
      'start as a user with an entry.';

const flushDirectory = (directory: string): void => {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
