import { spawnSync } from 'node:child_process';

/** Where a real EventStoreDB is to be had: one that runs, an image to start one from, or none, and why. */
export type RealServer =
  | { readonly kind: 'running'; readonly connectionString: string }
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'none'; readonly why: string };

const IMAGE = 'eventstore/eventstore:23.10.1-bookworm-slim';
/** In all they take less than a second. */
const ASK_DOCKER_MS = 250;
const ASK_REGISTRY_MS = 450;

/** Looks for one, synchronously: what Jest is to run must be known at once. */
export const findRealServer = (env: NodeJS.ProcessEnv = process.env): RealServer => {
  const connectionString = env['EVENTSTOREDB_URL'];
  if (connectionString) return { kind: 'running', connectionString };
  const image = env['EVENTSTOREDB_IMAGE'] ?? IMAGE;
  if (!docker(['version', '--format', '{{.Server.Version}}'], ASK_DOCKER_MS))
    return { kind: 'none', why: 'EVENTSTOREDB_URL is not set, and Docker does not answer' };
  const local = docker(['image', 'inspect', '--format', '{{.Id}}', image], ASK_DOCKER_MS);
  if (!local && !docker(['manifest', 'inspect', image], ASK_REGISTRY_MS))
    return { kind: 'none', why: `EVENTSTOREDB_URL is not set, and the image ${image} is not to be had` };
  return { kind: 'image', image };
};

const docker = (args: readonly string[], timeout: number): boolean => {
  const { status } = spawnSync('docker', args, { stdio: 'ignore', timeout, killSignal: 'SIGKILL' });
  return status === 0;
};

/** A single insecure node in a container of its own. */
export const startContainer = async (
  image: string,
): Promise<{ readonly connectionString: string; stop(): Promise<void> }> => {
  // Its reaper is an image of its own, which may not be to be had; the container is stopped here.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(image)
    .withEnvironment({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_CLUSTER_SIZE: '1' })
    .withExposedPorts(2113)
    .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCode(204))
    .start();
  return {
    connectionString: `esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`,
    stop: async () => void (await container.stop()),
  };
};
