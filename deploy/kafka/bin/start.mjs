#!/usr/bin/env node
// One Kafka broker in KRaft mode, in the foreground, without Docker: Java 17 and the jars of pom.xml.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import kafkajs from 'kafkajs';

const HERE = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const ROOT = resolve(HERE, '..', '..');
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

const HELP = `npm run kafka:start -- [options]

  --port PORT        where clients connect, on 127.0.0.1 (9092)
  --data-dir DIR     where messages are kept; made where absent (.gatehouse/kafka)
  --secured DIR      TLS, users and access control lists, as in docker-compose.yml: with the broker's keystore.pem
                     and ca.crt in DIR
  --admin-port PORT  where a secured broker takes those who may do everything, by their certificates (9094)
  --cache-dir DIR    where the jars are kept (node_modules/.cache/gatehouse-kafka)
  --check            only fetches the jars, and says whether a broker can be started here
  --with-parent      also stops when standard input ends
  --help
`;

class Complaint extends Error {}

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '9092' },
        'data-dir': { type: 'string', default: join(ROOT, '.gatehouse', 'kafka') },
        secured: { type: 'string' },
        'admin-port': { type: 'string', default: '9094' },
        'cache-dir': { type: 'string', default: join(ROOT, 'node_modules', '.cache', 'gatehouse-kafka') },
        check: { type: 'boolean', default: false },
        'with-parent': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Complaint(error.message);
  }
};

const java = () => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java');

const requireJava = () => {
  const { error, stderr } = spawnSync(java(), ['-version'], { encoding: 'utf8' });
  if (error)
    throw new Complaint('Java is missing: Kafka needs Java 17 or newer on the PATH or in JAVA_HOME.');
  const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (!(major >= 17))
    throw new Complaint(`Java is too old: Kafka needs 17 or newer, this is ${major || 'unknown'}.`);
};

const requireMaven = () => {
  const { error, status } = spawnSync('mvn', ['-v'], { encoding: 'utf8' });
  if (error || status !== 0) {
    throw new Complaint(
      "Maven is missing: it fetches Kafka's jars from Maven Central once. Install `mvn` 3.8 or newer.",
    );
  }
};

/** The jars of this very pom; a new pom gets a directory of its own. */
const jarsIn = (cache) =>
  join(
    cache,
    createHash('sha256')
      .update(readFileSync(join(HERE, 'pom.xml')))
      .digest('hex')
      .slice(0, 16),
  );

const fetchJars = (cache) => {
  const jars = jarsIn(cache);
  if (existsSync(jars)) return jars;
  requireMaven();
  console.log("Fetching Kafka's jars with Maven …");
  mkdirSync(cache, { recursive: true });
  const making = `${jars}.${process.pid}`;
  const { status, stdout, stderr } = spawnSync(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      join(HERE, 'pom.xml'),
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${making}`,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    rmSync(making, { recursive: true, force: true });
    throw new Complaint(`Maven could not fetch Kafka's jars.\n${stdout}${stderr}`);
  }
  try {
    renameSync(making, jars);
  } catch (error) {
    // Another start was quicker; its jars are the same.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(jars)) throw error;
  }
  return jars;
};

const freePort = () =>
  new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const requireFree = (port) =>
  new Promise((done, failed) => {
    const server = createServer();
    server.once('error', () => failed(new Complaint(`Port ${port} is taken: choose another with --port.`)));
    server.listen(port, '127.0.0.1', () => server.close(done));
  });

// An index is laid out at its full size, twice for each partition: by default 10 MiB.
const INDEX_BYTES = 64 * 1024;

const openListeners = ({ port, controllerPort }) => `
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
`;

// By name, which is what certificates are best checked against.
const securedListeners = ({ port, adminPort, controllerPort, secured }) => `
listeners=SERVICES://127.0.0.1:${port},ADMIN://127.0.0.1:${adminPort},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=SERVICES://localhost:${port},ADMIN://localhost:${adminPort}
ssl.keystore.location=${join(secured, KEYSTORE)}
ssl.truststore.location=${join(secured, CA)}
${readFileSync(join(HERE, 'secured.properties'), 'utf8')}`;

const KEYSTORE = 'keystore.pem';
const CA = 'ca.crt';

const properties = (given, logs) => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${given.secured ? 'localhost' : '127.0.0.1'}:${given.controllerPort}
${given.secured ? securedListeners(given) : openListeners(given)}
log.dirs=${logs}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.index.size.max.bytes=${INDEX_BYTES}
`;

const JVM = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const javaArguments = (jars, ...rest) => [
  ...JVM,
  `-Dlog4j2.configurationFile=${join(HERE, 'log4j2.properties')}`,
  '-cp',
  join(jars, '*'),
  ...rest,
];

const format = (jars, config, logs) => {
  if (existsSync(join(logs, 'meta.properties'))) return;
  // A first character of `-` would look like an option.
  const cluster = `g${randomBytes(16).toString('base64url').slice(1)}`.slice(0, 21) + 'A';
  const { status, stdout, stderr } = spawnSync(
    java(),
    javaArguments(jars, 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', config),
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Complaint(`The data directory could not be prepared:\n${stdout}${stderr}`);
};

/** The broker ends when this process does, however it does: the shell reads from a pipe that only we hold open. */
const GUARD = '( ( read -r _ <&3 || kill -TERM $$ ) >/dev/null 2>&1 & ) ; exec "$@" 3<&-';

const launch = (jars, config) =>
  spawn('/bin/sh', ['-c', GUARD, 'sh', java(), ...javaArguments(jars, 'kafka.Kafka', config)], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    // Its own group, so that a terminal's Ctrl-C reaches the broker once: through us.
    detached: true,
  });

/** Where to ask whether a broker is ready, and as whom: a secured one shows its own certificate to itself. */
const asking = ({ port, adminPort, secured }) => {
  if (!secured) return { brokers: [`127.0.0.1:${port}`] };
  const keystore = readFileSync(join(secured, KEYSTORE), 'utf8');
  const ssl = { ca: [readFileSync(join(secured, CA), 'utf8')], cert: keystore, key: keystore };
  return { brokers: [`localhost:${adminPort}`], ssl };
};

const untilReady = async (given, broker) => {
  const { Kafka, logLevel } = kafkajs;
  const kafka = new Kafka({
    clientId: 'start',
    ...asking(given),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 0 },
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (broker.exitCode !== null) throw new Complaint(`Kafka ended with code ${broker.exitCode}.`);
    const admin = kafka.admin();
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      if (brokers.length > 0) return;
    } catch {
      // Not yet.
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Complaint(`Kafka was not ready within ${READY_WITHIN_MS / 1_000} s.`);
};

const portOf = (options, name) => {
  const port = Number(options[name]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Complaint(`--${name} ${options[name]} is not a port`);
  return port;
};

const main = async () => {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  const port = portOf(options, 'port');
  const adminPort = portOf(options, 'admin-port');
  const cache = resolve(options['cache-dir']);
  requireJava();
  if (options.check) {
    try {
      fetchJars(cache);
    } catch (error) {
      // Said beside the suites that are left out: one line is enough.
      throw error instanceof Complaint ? new Complaint(error.message.split('\n')[0]) : error;
    }
    return console.log('A Kafka broker can be started here.');
  }
  const secured = options.secured === undefined ? undefined : resolve(options.secured);
  await requireFree(port);
  if (secured) await requireFree(adminPort);
  const jars = fetchJars(cache);
  const data = resolve(options['data-dir']);
  const logs = join(data, 'logs');
  mkdirSync(data, { recursive: true });
  const config = join(data, 'server.properties');
  const given = { port, adminPort, controllerPort: await freePort(), secured };
  writeFileSync(config, properties(given, logs));
  format(jars, config, logs);

  const broker = launch(jars, config);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    broker.kill('SIGTERM');
    setTimeout(() => broker.kill('SIGKILL'), STOP_WITHIN_MS).unref();
  };
  broker.on('exit', (code, signal) => {
    if (!stopping) console.error(`Kafka ended by itself (${signal ?? code}).`);
    process.exit(stopping ? 0 : 1);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  if (options['with-parent']) process.stdin.resume().on('end', stop).on('error', stop);
  try {
    await untilReady(given, broker);
  } catch (error) {
    stop();
    throw error;
  }
  console.log(`Kafka is ready: kafka://127.0.0.1:${port} (pid ${broker.pid})`);
};

main().catch((error) => {
  console.error(error instanceof Complaint ? error.message : error);
  process.exitCode = 1;
});
