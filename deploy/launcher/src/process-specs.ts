import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isGrpcServing, isHttpOk } from '@gatehouse/readiness';
import {
  addressVariable,
  databaseRoleOf,
  factsOf,
  type ControlServiceName,
  SERVICE_NAMES,
  type ServiceName,
} from '@gatehouse/topology';
import type { DataDirectory } from './data-directory';
import type { PortName, Ports } from './ports';
import { userOf } from './process-users';
import { tokenHashes, type Secrets } from './secrets';
import type { ProcessSpec } from './supervised-process';

export interface SpecInput {
  /** The workspace, where the services are built. */
  readonly root: string;
  readonly directory: DataDirectory;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly store: string;
  readonly bus: string;
  /** Each service runs as a user of its own. */
  readonly separated: boolean;
}

/**
 * Small heaps: the idle product is to leave the machine to others. Bodies of 32 MiB pass through the gateway. The young may
 * grow: what is read by the hundreds has gone before it is collected, and is not kept for having been looked at twice; what a
 * call leaves has gone once its record is told.
 */
const SERVICE_FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=8'];
/** With a larger one V8 begins to collect all while the old have still room: it begins when the young might fill that. */
const GATEWAY_FLAGS = ['--max-old-space-size=1024', '--max-semi-space-size=16'];

/** A process that does not answer within this is asked again. */
const LOOK_MS = 1_000;

/** What a child may see of our environment: enough to run and to reach the network, settings, no secrets of others. */
const PASSED_ON =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|NODE_.*|MALLOC_.*|SSL_CERT_.*|(https?|no|all)_proxy|SystemRoot|GATEHOUSE_.*)$/i;

/** A thread of V8 or of libuv otherwise gets a heap of its own, of which glibc gives nothing back: 40 MB of the idle product. */
const MALLOC_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** The gateway's: with which collector of spans it speaks, which may be a secret, and how often. */
const OF_SPANS = /^OTEL_(EXPORTER_OTLP_.*|TRACES_SAMPLER_ARG)$/;

/** The console's with its identity provider, and nobody else's. */
const CLIENT_SECRET = 'GATEHOUSE_OIDC_CLIENT_SECRET';

/** The launcher's own: a secret, and where it took settings from that it hands on by their variables; and what it has no use for. */
const OURS: ReadonlySet<string> = new Set([
  'GATEHOUSE_ADMIN_KEY',
  CLIENT_SECRET,
  'GATEHOUSE_STORE_FILE',
  'GATEHOUSE_BUS_FILE',
  // On this machine alone, where it speaks plain HTTP, and services plain gRPC: the command line has a use for these.
  'GATEHOUSE_HTTPS_CERT_FILE',
  'GATEHOUSE_HTTPS_KEY_FILE',
  'GATEHOUSE_TLS_CERT_FILE',
  'GATEHOUSE_TLS_KEY_FILE',
  'GATEHOUSE_TLS_CA_FILE',
]);

export const databaseUrl = (ports: Ports, user: string, password: string): string =>
  `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${ports.postgres}/gatehouse`;

export const grpcAddress = (ports: Ports, name: PortName): string => `127.0.0.1:${ports[name]}`;
export const gatewayUrl = (ports: Ports): string => `http://127.0.0.1:${ports.gateway}`;
export const consoleUrl = (ports: Ports): string => `http://127.0.0.1:${ports.console}`;
export const simulatorUrl = (ports: Ports): string => `http://127.0.0.1:${ports.simulator}`;

export const simulatorSpec = ({ root, directory, ports }: SpecInput): ProcessSpec => ({
  name: 'simulator',
  args: [
    ...nodeArgs(root, SERVICE_FLAGS, 'deploy/simulator'),
    ...['--listen', `127.0.0.1:${ports.simulator}`, '--data', directory.simulator],
  ],
  env: inherited(),
  isReady: () => isHttpOk(`${simulatorUrl(ports)}/book`, LOOK_MS),
});

export const serviceSpec = (input: SpecInput, name: ControlServiceName): ProcessSpec => {
  const { root, ports, secrets } = input;
  const address = grpcAddress(ports, name);
  const registry = {
    GATEHOUSE_FINGERPRINT_KEY: secrets.fingerprintKey,
  };
  const commands = { GATEHOUSE_INSTALLATION_SECRET: secrets.installationSecret };
  return {
    name,
    args: servingArgs(root, SERVICE_FLAGS, `services/${name}`),
    user: input.separated ? userOf(name) : undefined,
    env: {
      ...commonEnv(input, name, address),
      ...(asksOthers(name) ? { GATEHOUSE_SERVICE_TOKEN: secrets.serviceTokens[name] } : {}),
      ...(factsOf(name).log === 'append' ? commands : {}),
      ...(name === 'registry' ? { ...registry, ...privateHosts() } : {}),
      ...(name === 'metering' || name === 'provisioning' ? privateHosts() : {}),
    },
    isReady: () => isGrpcServing(address, LOOK_MS),
  };
};

/** Those that ask other services, beside the gateway. */
const asksOthers = (name: ControlServiceName): boolean => name !== 'audit';

export const gatewaySpec = (input: SpecInput): ProcessSpec => {
  const { root, directory, ports, secrets } = input;
  return {
    name: 'gateway',
    args: servingArgs(root, GATEWAY_FLAGS, 'services/gateway'),
    user: input.separated ? userOf('gateway') : undefined,
    env: {
      ...commonEnv(input, 'gateway', grpcAddress(ports, 'gateway-grpc')),
      ...ownEnvWhere((name) => OF_SPANS.test(name)),
      GATEHOUSE_SERVICE_TOKEN: secrets.serviceTokens.gateway,
      GATEHOUSE_HTTP_LISTEN: `127.0.0.1:${ports.gateway}`,
      GATEHOUSE_CONSOLE_ADDRESS: `127.0.0.1:${ports.console}`,
      GATEHOUSE_KEY_DIR: directory.keys,
      ...(existsSync(directory.vaultPrivateKey) && {
        GATEHOUSE_VAULT_PRIVATE_KEY_FILE: directory.vaultPrivateKey,
      }),
      GATEHOUSE_DATA_DIR: directory.gateway,
      ...privateHosts(),
    },
    isReady: () => isHttpOk(`${gatewayUrl(ports)}/readyz`, LOOK_MS),
  };
};

/** It is told where others listen, and no secret but its own with the identity provider. */
export const consoleSpec = ({ root, ports, separated }: SpecInput): ProcessSpec => ({
  name: 'console',
  args: nodeArgs(root, SERVICE_FLAGS, 'services/console'),
  user: separated ? userOf('console') : undefined,
  env: {
    ...inherited(),
    GATEHOUSE_HTTP_LISTEN: `127.0.0.1:${ports.console}`,
    ...peerAddresses(ports),
    ...privateHosts(),
    ...(process.env[CLIENT_SECRET] !== undefined && { [CLIENT_SECRET]: process.env[CLIENT_SECRET] }),
  },
  isReady: () => isHttpOk(`${consoleUrl(ports)}/readyz`, LOOK_MS),
});

/** What every service has to read. */
export const programsIn = (root: string): readonly string[] => [
  join(root, GUARD),
  join(root, START_SMALL),
  ...[...SERVICE_NAMES, 'console'].map((name) => join(root, bundleOf(`services/${name}`))),
  join(root, 'node_modules'),
];

/** Files that settings name which are handed on. */
export const settingFiles = (): readonly string[] =>
  Object.entries(inherited()).flatMap(
    ([name, value]) => (/^GATEHOUSE_\w+_(FILE|PATH)$/.test(name) && value) || [],
  );

/** Ends a child when its launcher has ended. */
export const GUARD = 'deploy/launcher/bin/exit-with-parent.cjs';
const START_SMALL = 'deploy/launcher/bin/start-small.cjs';
const bundleOf = (project: string): string => join(project, 'dist/bundle.cjs');

const nodeArgs = (root: string, flags: readonly string[], project: string): string[] => [
  ...flags,
  '--require',
  join(root, GUARD),
  join(root, bundleOf(project)),
];

/** Of what lets its young space grow once it serves. */
const servingArgs = (root: string, flags: readonly string[], project: string): string[] => [
  '--require',
  join(root, START_SMALL),
  ...nodeArgs(root, flags, project),
];

const commonEnv = (input: SpecInput, name: ServiceName, listen: string): NodeJS.ProcessEnv => {
  const { ports, secrets, store, bus } = input;
  return {
    ...inherited(),
    GATEHOUSE_GRPC_LISTEN: listen,
    GATEHOUSE_DATABASE_URL: databaseUrl(ports, databaseRoleOf(name), secrets.databasePasswords[name]),
    GATEHOUSE_STORE: store,
    GATEHOUSE_BUS: bus,
    GATEHOUSE_KEY_PEPPER: secrets.keyPepper,
    GATEHOUSE_SERVICE_TOKEN_HASHES: tokenHashes(secrets),
    ...peerAddresses(ports),
  };
};

/** Where each listens for others: `GATEHOUSE_<SERVICE>_ADDRESS`. */
const peerAddresses = (ports: Ports): NodeJS.ProcessEnv =>
  Object.fromEntries(
    SERVICE_NAMES.map((name) => [
      addressVariable(name),
      grpcAddress(ports, name === 'gateway' ? 'gateway-grpc' : name),
    ]),
  );

/** This machine, where the simulator is and perhaps a model server; unless the operator says something else, or nothing. */
const privateHosts = (): NodeJS.ProcessEnv =>
  settingIsMade('GATEHOUSE_PRIVATE_HOSTS') ? {} : { GATEHOUSE_PRIVATE_HOSTS: '127.0.0.0/8,::1,localhost' };

const settingIsMade = (name: string): boolean =>
  process.env[name] !== undefined || process.env[`${name}_FILE`] !== undefined;

const inherited = (): NodeJS.ProcessEnv => ({
  ...MALLOC_ARENAS,
  ...ownEnvWhere((name) => PASSED_ON.test(name) && !OURS.has(name)),
});

const ownEnvWhere = (isMeant: (name: string) => boolean): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => isMeant(name)));
