import { forEachName, SERVICE_NAMES } from '@gatehouse/topology';
import type { DataDirectory } from './data-directory';
import { consoleSpec, gatewaySpec, serviceSpec, settingFiles, type SpecInput } from './process-specs';
import { newSecrets } from './secrets';

const input: SpecInput = {
  root: '/product',
  directory: {
    vaultPrivateKey: '/data/vault.key',
    keys: '/data/keys',
    gateway: '/data/gateway',
  } as DataDirectory,
  ports: {
    ...forEachName(SERVICE_NAMES, () => 1),
    ...{ postgres: 2, simulator: 3, 'gateway-grpc': 4, console: 5 },
  },
  ...{ secrets: newSecrets(), store: 'postgres', bus: 'postgres', separated: true },
};
const specs = () => [serviceSpec(input, 'registry'), gatewaySpec(input), serviceSpec(input, 'metering')];

it('tells the registry where the gateway answers services, which is not where it answers clients', () => {
  const [registry, gateway] = specs().map(({ env }) => env ?? {});
  expect(registry?.['GATEHOUSE_GATEWAY_ADDRESS']).toBe('127.0.0.1:4');
  expect(gateway).toMatchObject({
    GATEHOUSE_GRPC_LISTEN: '127.0.0.1:4',
    GATEHOUSE_HTTP_LISTEN: '127.0.0.1:1',
  });
});

it('runs registry and gateway as users of their own where that is possible', () => {
  const [registry, gateway] = specs();
  expect(registry?.user?.uid).not.toBe(gateway?.user?.uid);
  expect([registry?.user?.uid, gateway?.user?.uid]).not.toContain(0);
  expect(serviceSpec({ ...input, separated: false }, 'registry').user).toBeUndefined();
});

describe('heaps of threads', () => {
  const before = { ...process.env };
  beforeEach(() => void delete process.env['MALLOC_ARENA_MAX']);
  afterAll(() => void (process.env = before));

  it('are two where nobody says otherwise, and what the operator says', () => {
    for (const { env } of specs()) expect(env?.['MALLOC_ARENA_MAX']).toBe('2');
    process.env['MALLOC_ARENA_MAX'] = '8';
    for (const { env } of specs()) expect(env?.['MALLOC_ARENA_MAX']).toBe('8');
  });
});

describe('private hosts', () => {
  const before = { ...process.env };
  beforeEach(() => {
    delete process.env['GATEHOUSE_PRIVATE_HOSTS'];
    delete process.env['GATEHOUSE_PRIVATE_HOSTS_FILE'];
  });
  afterAll(() => void (process.env = before));

  it('are this machine where nobody says otherwise', () => {
    for (const { env } of specs()) expect(env?.['GATEHOUSE_PRIVATE_HOSTS']).toBe('127.0.0.0/8,::1,localhost');
  });

  it.each(['', 'vllm,127.0.0.0/8'])('are what the operator says: %p', (list) => {
    process.env['GATEHOUSE_PRIVATE_HOSTS'] = list;
    for (const { env } of specs()) expect(env?.['GATEHOUSE_PRIVATE_HOSTS']).toBe(list);
  });

  it('are what the operator has in a file', () => {
    process.env['GATEHOUSE_PRIVATE_HOSTS_FILE'] = '/etc/hosts-of-ours';
    for (const { env } of specs()) {
      expect(env).not.toHaveProperty('GATEHOUSE_PRIVATE_HOSTS');
      expect(env).toHaveProperty('GATEHOUSE_PRIVATE_HOSTS_FILE', '/etc/hosts-of-ours');
    }
  });

  it('are nobody else’s business', () =>
    expect(serviceSpec(input, 'audit').env).not.toHaveProperty('GATEHOUSE_PRIVATE_HOSTS'));
});

it('tells the gateway alone of a collector of spans', () => {
  const before = { ...process.env };
  const told = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
    OTEL_TRACES_SAMPLER_ARG: '0.5',
  };
  Object.assign(process.env, told);
  try {
    const [registry, gateway, metering] = specs();
    expect(gateway?.env).toMatchObject(told);
    for (const other of [registry, metering])
      for (const name of Object.keys(told)) expect(other?.env).not.toHaveProperty(name);
  } finally {
    process.env = before;
  }
});

describe('files that settings name', () => {
  const before = { ...process.env };
  const ofTheCommandLine = {
    GATEHOUSE_TLS_CERT_FILE: '/ours/operator.crt',
    GATEHOUSE_TLS_KEY_FILE: '/ours/operator.key',
    GATEHOUSE_TLS_CA_FILE: '/ours/ca.crt',
  };
  beforeEach(() => {
    process.env = { ...ofTheCommandLine, GATEHOUSE_STORE_FILE: '/ours/store' };
  });
  afterAll(() => void (process.env = before));

  it('have to be readable for the gateway where they are handed on, and no others', () => {
    process.env['GATEHOUSE_FEDERATED_TOKEN_FILE'] = '/cluster/token';
    expect(settingFiles()).toEqual(['/cluster/token']);
  });

  it('are not the certificates of who calls: on this machine services speak plain text', () => {
    for (const { env } of [...specs(), consoleSpec(input)])
      for (const name of Object.keys(ofTheCommandLine)) expect(env).not.toHaveProperty(name);
  });
});
