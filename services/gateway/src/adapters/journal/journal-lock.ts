import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Another process holds the journal: it alone may speak for its leases. */
export class JournalLocked extends Error {
  constructor(directory: string) {
    super(`the journal in ${directory} is held by another process`);
    this.name = 'JournalLocked';
  }
}

/**
 * Holds a directory until the process ends, however it ends. On Linux the lock is a flock(2) on a file in it: the kernel drops it
 * with the process, also after SIGKILL, a stopped process keeps it, and it holds between containers that share the volume,
 * whatever their namespaces. Elsewhere it is a socket file, of which a dead one is told by its refusing connections.
 *
 * @returns what releases it. Throws JournalLocked; Error where the system has no `flock`.
 */
export const lockDirectory = async (directory: string): Promise<() => void> => {
  if (process.platform === 'linux') {
    const file = lockFile(directory);
    return () => closeSync(file);
  }
  const server = await listenOnFile(join(directory, 'lock'), directory);
  server.unref();
  return () => void server.close();
};

/**
 * Takes the lock of a directory by an open file of it, as a descriptor that may be handed on: the lock belongs to the open file, which the
 * command that takes it shares with this process, and lasts until the last process closes it.
 *
 * Throws JournalLocked; Error where the system has no `flock`.
 */
export const lockFile = (directory: string): number => {
  const file = openSync(lockIn(directory), 'a', 0o600);
  const { status, error, stderr } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
  });
  if (status === 0) return file;
  closeSync(file);
  if (status === 1 && stderr === '') throw new JournalLocked(directory);
  throw error ?? new Error(`the journal in ${directory} cannot be locked: ${stderr.trim()}`);
};

/** Takes over a lock that another process took and handed on: it lasts as long as this process. Throws JournalLocked where it is another file's. */
export const takeOver = (directory: string, file: number): void => {
  const [given, named] = [fstatSync(file), statSync(lockIn(directory))];
  if (given.dev !== named.dev || given.ino !== named.ino) throw new JournalLocked(directory);
};

const lockIn = (directory: string): string => join(directory, 'journal.lock');

const listen = (path: string, directory: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new JournalLocked(directory) : error);
    });
    server.listen({ path, exclusive: true }, () => resolve(server));
  });

const listenOnFile = async (path: string, directory: string): Promise<Server> => {
  try {
    return await listen(path, directory);
  } catch (error) {
    if (!(error instanceof JournalLocked) || (await answers(path))) throw error;
    unlinkSync(path);
    return listen(path, directory);
  }
};

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
