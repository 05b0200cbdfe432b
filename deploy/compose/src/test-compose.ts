import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { workspaceRoot } from '@gatehouse/migrations';
import { SERVICE_NAMES } from '@gatehouse/topology';
import { type ComposeFiles, composeFilesIn } from './compose-files';
import { makeSecrets } from './compose-secrets';
import { setVariables } from './env-file';
import { Installation, portVariable, PUBLISHED_PORTS } from './installation';
import { ComposeProject } from './rehearsal/compose-project';
import { type Engine, openEngine } from './rehearsal/engine';
import { makeGovernedCall } from './rehearsal/governed-call';
import { expectRenewalTaken } from './rehearsal/renewal';
import { type ChosenImages, chooseImages } from './rehearsal/images';
import { expectBusRefuses, expectStrangersRefused } from './rehearsal/refusals';

/** `npm run test:compose`: docker-compose.yml for real, from the build to the last volume removed. */

interface Round {
  readonly title: string;
  readonly profiles: readonly string[];
  /** Handed to the containers in a file. */
  readonly store: string;
}

const ON_POSTGRES: Round = {
  title: 'Postgres store, Kafka bus',
  profiles: ['demo'],
  store: 'postgres',
};

const ON_EVENTSTOREDB: Round = {
  title: 'EventStoreDB store, Kafka bus',
  profiles: ['demo', 'eventstoredb'],
  store: 'esdb://eventstoredb:2113?tls=false',
};

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

const say = (text: string): void => console.log(text);
const detail = (text: string): void => say(`    ${text}`);

const step = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
  interrupted.signal.throwIfAborted();
  const start = Date.now();
  say(`… ${title}`);
  const result = await work();
  say(`✓ ${title} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  return result;
};

const main = async (): Promise<void> => {
  const engine = await step('Container engine', () => openEngine(detail));
  try {
    const images = await step('Images', () => chooseImages(detail));
    await rehearse(engine, images, ON_POSTGRES);
    if (images.EVENTSTOREDB_IMAGE) await rehearse(engine, images, ON_EVENTSTOREDB);
    else say('skipped: EventStoreDB, whose image cannot be had here');
  } finally {
    await engine.stop();
  }
  say('test:compose passed');
};

/** One installation of its own: files, name, ports, volumes. Nothing of it is left. */
const rehearse = async (engine: Engine, images: ChosenImages, round: Round): Promise<void> => {
  say(`\n${round.title}`);
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-compose-'));
  const files = composeFilesIn(scratch);
  const storeFile = join(scratch, 'store');
  const project = new ComposeProject(engine, {
    name: `gatehouse-test-${randomBytes(4).toString('hex')}`,
    root: workspaceRoot(__dirname),
    envFile: files.env,
    profiles: round.profiles,
    variables: {
      ...images,
      GATEHOUSE_IMAGE: 'gatehouse:test',
      GATEHOUSE_STORE_FILE: storeFile,
      GATEHOUSE_PRIVATE_HOSTS: 'simulator',
    },
    signal: interrupted.signal,
  });
  try {
    writeFileSync(storeFile, `${round.store}\n`);
    await makeSecrets(files);
    setVariables(files.env, await freePorts());
    await step('Image of the services', () => project.build());
    await step('Up and healthy', () => project.up());
    await checkInstallation(project, files);
  } catch (error) {
    say(await project.logs().catch((failure: Error) => failure.message));
    // What went wrong first is what is told.
    await takeDown(project, scratch).catch((failure: Error) => say(failure.message));
    throw error;
  }
  await takeDown(project, scratch);
};

const takeDown = async (project: ComposeProject, scratch: string): Promise<void> => {
  await project.down().finally(() => rmSync(scratch, { recursive: true, force: true }));
  say('✓ Down, volumes removed');
};

const checkInstallation = async (project: ComposeProject, files: ComposeFiles): Promise<void> => {
  const installation = new Installation(files);
  await step('Nothing of ours runs as root', async () => {
    for (const service of ['registry', 'gateway', 'simulator']) {
      const user = await project.userOf(service);
      if (/^0:|:0$/.test(user)) throw new Error(`${service} runs as ${user}`);
    }
  });
  const keys = await step('First organization over gRPC', () =>
    installation.createFirstOrganization(detail, interrupted.signal),
  );
  await step('Strangers to the services refused', async () => {
    for (const told of await expectStrangersRefused(installation)) detail(told);
  });
  await step('A new certificate taken without a restart', () => expectRenewalTaken(files, installation));
  await step("Services kept to their own topics by Kafka's access control lists", async () => {
    for (const service of SERVICE_NAMES) {
      for (const told of await expectBusRefuses(project, service)) detail(told);
    }
  });
  await step('A governed call, its record, its history', async () => {
    const { promptTokens, completionTokens, billedNanoUsd, events } = await makeGovernedCall(
      installation,
      keys,
    );
    detail(`${promptTokens} + ${completionTokens} tokens, ${billedNanoUsd} nano-USD in book and record`);
    detail(`history: ${events.join(', ')}`);
  });
};

/** Free just now; compose publishes on them a moment later. */
const freePorts = async (): Promise<Readonly<Record<string, string>>> => {
  const servers = await Promise.all(PUBLISHED_PORTS.map(() => listening()));
  const ports = servers.map((server, index) => [
    portVariable(PUBLISHED_PORTS[index] ?? 'gateway'),
    String((server.address() as { port: number }).port),
  ]);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(ports) as Record<string, string>;
};

const listening = (): Promise<ReturnType<typeof createServer>> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

main().catch((error: Error) => {
  console.error(`\ntest:compose failed: ${error.message}`);
  process.exitCode = 1;
});
