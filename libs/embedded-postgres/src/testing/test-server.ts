import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../start-postgres';
import type { DisposableServer } from './disposable-server';
import { startPostgresContainer } from './postgres-container';

/** Where `testDatabase` asks for the run's server. */
export const TEST_SERVER_VARIABLE = 'GATEHOUSE_TEST_POSTGRES';

/** Names an image of Postgres: the run's server is then a container of it, and not the embedded one. */
const IMAGE_VARIABLE = 'GATEHOUSE_TEST_POSTGRES_IMAGE';

/** The one Postgres of a Jest run, started when the first test asks for it. */
export interface TestServer {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * Listens for the first test that wants a database: most runs of a single project want none, and pay nothing. Answers
 * every request with the superuser's URL.
 */
export const startTestServer = async (): Promise<TestServer> => {
  let started: Promise<DisposableServer> | undefined;
  const http: Server = createServer((_request, response) => {
    started ??= startDisposable();
    // A kept connection could close just as the next test file asks again.
    response.setHeader('connection', 'close');
    started.then(
      ({ url }) => response.end(url),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    stop: async () => {
      http.closeAllConnections();
      http.close();
      const running = await started?.catch(() => undefined);
      await running?.stop();
    },
  };
};

/** Directories are named after the run that made them: one that was killed could not remove its own. */
const PREFIX = 'gatehouse-test-postgres-';

const removeLeftovers = (): void => {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : NaN;
    if (Number.isNaN(owner) || isRunning(owner)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const startDisposable = (): Promise<DisposableServer> => {
  const image = process.env[IMAGE_VARIABLE];
  return image ? startPostgresContainer(image) : startEmbedded();
};

const startEmbedded = async (): Promise<DisposableServer> => {
  removeLeftovers();
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const server = await startPostgres({
    dataDir: join(directory, 'data'),
    log: join(directory, 'postgres.log'),
    superuserPassword: randomBytes(16).toString('hex'),
    durable: false,
    // Waiting for the checkpointer would be most of the time a test database takes.
    settings: { wal_level: 'minimal', max_wal_senders: '0', autovacuum: 'off' },
  });
  return {
    url: server.url(),
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
