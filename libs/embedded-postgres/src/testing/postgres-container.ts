import { randomBytes } from 'node:crypto';
import type { DisposableServer } from './disposable-server';

const PORT = 5432;

/** A Postgres in a container of its own, from an image with the manners of the official one. */
export const startPostgresContainer = async (image: string): Promise<DisposableServer> => {
  // Its reaper is an image of its own, which may not be to be had; the container is stopped here.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = randomBytes(16).toString('hex');
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(PORT)
    .withHealthCheck({
      // Over TCP: while the image prepares the database, the server listens on its socket only.
      test: ['CMD', 'pg_isready', '-q', '-h', '127.0.0.1', '-U', 'postgres'],
      interval: 250,
      timeout: 5_000,
      retries: 240,
    })
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  return {
    url: `postgresql://postgres:${password}@${container.getHost()}:${container.getMappedPort(PORT)}/postgres`,
    stop: async () => void (await container.stop()),
  };
};
