import { spawnSync } from 'node:child_process';
import { closeSync, openSync, unlinkSync } from 'node:fs';
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
  if (process.platform === 'linux') return lockFile(join(directory, 'journal.lock'), directory);
  const server = await listenOnFile(join(directory, 'lock'), directory);
  server.unref();
  return () => void server.close();
};

/** The lock belongs to the open file, which the command that takes it shares with this process, and outlives the command. */
const lockFile = (path: string, directory: string): (() => void) => {
  const file = openSync(path, 'a', 0o600);
  const { status, error, stderr } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
  });
  if (status === 0) return () => closeSync(file);
  closeSync(file);
  if (status === 1 && stderr === '') throw new JournalLocked(directory);
  throw error ?? new Error(`the journal in ${directory} cannot be locked: ${stderr.trim()}`);
};

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
