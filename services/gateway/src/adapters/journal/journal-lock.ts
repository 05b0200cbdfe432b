import { statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { unlinkSync } from 'node:fs';

/** Another process holds the journal: it alone may speak for its leases. */
export class JournalLocked extends Error {
  constructor(directory: string) {
    super(`the journal in ${directory} is held by another process`);
    this.name = 'JournalLocked';
  }
}

/**
 * Holds a directory until the process ends, however it ends. On Linux the lock is an abstract socket named by the
 * directory's device and inode: the kernel drops it with the process, also after SIGKILL, and a stopped process keeps
 * it. Elsewhere it is a socket file, of which a dead one is told by its refusing connections.
 *
 * @returns what releases it. Throws JournalLocked.
 */
export const lockDirectory = async (directory: string): Promise<() => void> => {
  const server =
    process.platform === 'linux'
      ? await listen(abstractName(directory), directory)
      : await listenOnFile(join(directory, 'lock'), directory);
  server.unref();
  return () => void server.close();
};

const abstractName = (directory: string): string => {
  const { dev, ino } = statSync(directory, { bigint: true });
  return `\0gatehouse-journal-${dev}-${ino}`;
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
