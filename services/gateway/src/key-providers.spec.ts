import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grpcClient } from '@gatehouse/grpc';
import { until } from '@gatehouse/kernel/testing';
import { gatewayV1, type registryV1 } from '@gatehouse/proto-gen';
import { HpkeCredentialSealer } from '@gatehouse/sealing';
import {
  MOTO_READY_WITHIN_MS,
  MotoServer,
  motoMissing,
  TRANSIT_TOKEN,
  TransitServer,
} from '@gatehouse/sealing/testing';
import { readGatewayConfig } from './gateway.config';
import { startAlone } from './testing/gateway-alone';
import {
  CREDENTIAL,
  GatewayFixture,
  INTEGRATION,
  MODEL,
  ORGANIZATION,
  REGISTRY_TOKEN,
} from './testing/gateway-fixture';

const gateway = new GatewayFixture();
const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
const tokenFile = join(gateway.directory, 'vault-token');

beforeAll(() => gateway.startSurroundings());
afterAll(() => gateway.stop());
afterEach(() => gateway.stopGateway());

const custody = () =>
  grpcClient(gatewayV1.KeyCustodyServiceClient, {
    address: gateway.grpcAddress,
    serviceToken: REGISTRY_TOKEN,
  });

/** Has a key made as the registry does, and seals to it. */
const connect = async (epoch: number): Promise<string> => {
  const {
    keyId,
    publicKey,
    custody: held,
  } = await custody().createIntegrationKey({
    integrationId: INTEGRATION,
    epoch,
  });
  const binding = {
    organizationId: ORGANIZATION,
    integrationId: INTEGRATION,
    credentialVersion: epoch,
    origins: [new URL(gateway.provider.baseUrl).origin],
  };
  const sealer = new HpkeCredentialSealer(publicKey, undefined, { keyId, custody: held });
  const sealed = (await sealer.seal(binding, { api_key: CREDENTIAL })) as registryV1.SealedCredential;
  gateway.control.sealed.set(`${INTEGRATION}.${epoch}`, sealed);
  gateway.setIntegration({ credentialVersion: epoch });
  // The gateway hears of it in a moment.
  await until(async () => (await gateway.chat(body)).status === 200);
  return keyId;
};

const lifeOfAKey = async (settings: NodeJS.ProcessEnv, kind: string, epoch: number): Promise<void> => {
  await gateway.startGateway({ ...settings, GATEHOUSE_KEY_PROVIDER: kind });
  const keyId = await connect(epoch);
  expect(keyId).toContain(`ik_${kind}_`);
  expect((await gateway.chat(body)).status).toBe(200);
  expect(gateway.provider.calls.at(-1)?.headers.authorization).toBe(`Bearer ${CREDENTIAL}`);
  const ended = { integrationId: INTEGRATION, epoch, keyId };
  const first = await custody().destroyIntegrationKey({ ...ended, wasScheduled: false });
  expect(first.scheduledFor).toBeInstanceOf(Date);
  await custody().destroyIntegrationKey({ ...ended, wasScheduled: true });
  const answer = await gateway.chat(body);
  expect([answer.status, await answer.text()]).toEqual([
    503,
    expect.stringContaining('credential_unavailable'),
  ]);
};

describe('keys in Vault', () => {
  const server = new TransitServer();
  const settings = () => ({
    GATEHOUSE_TRANSIT_ADDRESS: server.address,
    GATEHOUSE_TRANSIT_TOKEN_PATH: tokenFile,
  });
  beforeAll(async () => {
    await server.start();
    writeFileSync(tokenFile, TRANSIT_TOKEN, { mode: 0o600 });
  });
  afterAll(() => server.stop());

  it('open what was sealed, until they are destroyed', () => lifeOfAKey(settings(), 'vault-transit', 11));

  it('fail no call whose data key is known while Vault is away, and every other', async () => {
    await gateway.startGateway({ ...settings(), GATEHOUSE_KEY_PROVIDER: 'vault-transit,local' });
    await connect(12);
    expect((await gateway.chat(body)).status).toBe(200);
    server.failWith = 503;
    expect((await gateway.chat(body)).status).toBe(200);
    const made = custody().createIntegrationKey({ integrationId: INTEGRATION, epoch: 13 });
    await expect(made).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'KEY_PROVIDER_UNAVAILABLE' });
    await gateway.stopGateway();
    await gateway.startGateway({ ...settings(), GATEHOUSE_KEY_PROVIDER: 'local,vault-transit' });
    expect((await gateway.chat(body)).status).toBe(503);
    server.failWith = undefined;
    // What another provider made opens on, wherever new keys are made.
    expect((await gateway.chat(body)).status).toBe(200);
  });
});

const missing = motoMissing();
if (missing !== undefined) {
  test.skip(`keys in AWS KMS: ${missing}`, () => undefined);
} else {
  describe('keys in AWS KMS, as moto knows it', () => {
    const before = { ...process.env };
    let moto: MotoServer;
    beforeAll(async () => {
      moto = await MotoServer.start();
      // Where AWS's own chain looks first.
      process.env['AWS_ACCESS_KEY_ID'] = 'AKIAIOSFODNN7EXAMPLE';
      process.env['AWS_SECRET_ACCESS_KEY'] = 'not-a-secret';
    }, MOTO_READY_WITHIN_MS);
    afterAll(async () => {
      process.env = before;
      await moto.stop();
    });

    it('open what was sealed, until they are destroyed', () =>
      lifeOfAKey(
        { GATEHOUSE_AWS_KMS_REGION: 'eu-central-1', GATEHOUSE_AWS_KMS_ENDPOINT: moto.origin },
        'aws-kms',
        21,
      ));
  });
}

describe('a key provider that is not configured whole', () => {
  it.each([
    ['local', 'GATEHOUSE_KEY_DIR', { GATEHOUSE_KEY_DIR: '' }],
    ['aws-kms', 'GATEHOUSE_AWS_KMS_REGION', {}],
    ['vault-transit', 'GATEHOUSE_TRANSIT_ADDRESS', {}],
    ['vault-transit', 'GATEHOUSE_TRANSIT_TOKEN_PATH', { GATEHOUSE_TRANSIT_ADDRESS: 'http://127.0.0.1:1' }],
  ])('%s keeps the gateway from starting, and names %s', async (kind, name, settings) => {
    const config = readGatewayConfig(gateway.env({ ...settings, GATEHOUSE_KEY_PROVIDER: kind }));
    const bus = { producer: gateway.bus, close: async () => undefined };
    await expect(startAlone(config, async () => bus)).rejects.toThrow(`${name}: is required`);
  });

  it.each(['gcp', 'local,local', ''.padEnd(3, ',')])('"%s" is no list of providers', (list) => {
    const read = () => readGatewayConfig(gateway.env({ GATEHOUSE_KEY_PROVIDER: list }));
    expect(read).toThrow('GATEHOUSE_KEY_PROVIDER: must be some of local, aws-kms, vault-transit');
  });
});
