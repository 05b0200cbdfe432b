import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { grpcClient } from '@gatehouse/grpc';
import { syncToDisk } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { gatewayV1, type registryV1 } from '@gatehouse/proto-gen';
import {
  generateVaultKeyPair,
  HpkeCredentialSealer,
  type IntegrationKey,
  LocalKeys,
} from '@gatehouse/sealing';
import {
  CREDENTIAL,
  GatewayFixture,
  INTEGRATION,
  MODEL,
  ORGANIZATION,
  REGISTRY_TOKEN,
} from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
const CLIENTS = 4;
const gateway = new GatewayFixture();
const { control, provider } = gateway;
const soon = { GATEHOUSE_REWRAP_EVERY_MS: '100' };
const withoutVaultKey = { ...soon, GATEHOUSE_VAULT_PRIVATE_KEY_FILE: '' };

beforeAll(() => gateway.startSurroundings());
afterAll(() => gateway.stop());
afterEach(() => gateway.stopGateway());

const custody = (serviceToken = REGISTRY_TOKEN) =>
  grpcClient(gatewayV1.KeyCustodyServiceClient, { address: gateway.grpcAddress, serviceToken });
const keyFile = (epoch: number) => join(gateway.keyDirectory, `${INTEGRATION}.${epoch}.key`);

const row = (version: number): registryV1.SealedCredential => {
  const sealed = control.sealed.get(`${INTEGRATION}.${version}`);
  if (!sealed) throw new Error('nothing sealed');
  return sealed;
};
/** What the registry says from now on is the integration's key. */
const announce = ({ keyId, publicKey, custody: held }: IntegrationKey): void => {
  const key = {
    integrationId: INTEGRATION,
    keyId,
    publicKey: Buffer.from(publicKey),
    custody: Buffer.from(held),
  };
  control.keys.set(INTEGRATION, key);
};
const served = async (): Promise<void> => {
  expect((await gateway.chat(body)).status).toBe(200);
  expect(provider.calls.at(-1)?.headers.authorization).toBe(`Bearer ${CREDENTIAL}`);
};
/** Clients go on calling while it works, and some calls longer: answers what statuses they got. */
const underLoad = async (work: () => Promise<void>): Promise<ReadonlySet<number>> => {
  const statuses: number[] = [];
  let going = true;
  const client = async (): Promise<void> => {
    while (going) {
      const response = await gateway.chat(body);
      await response.text();
      statuses.push(response.status);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  try {
    await until(() => statuses.length >= CLIENTS);
    await work();
    const reached = statuses.length;
    await until(() => statuses.length >= reached + 2 * CLIENTS);
  } finally {
    going = false;
    await Promise.all(clients);
  }
  return new Set(statuses);
};

describe('the key of an integration', () => {
  it('is not believed where the key provider does not have it', async () => {
    const before = row(1);
    const { keyId } = await new LocalKeys(gateway.keyDirectory, syncToDisk).create({
      integrationId: INTEGRATION,
      epoch: 9,
    });
    announce({ keyId, publicKey: generateVaultKeyPair().publicKey, custody: Buffer.alloc(0) });
    let asked = 0;
    const values = control.sealed.values.bind(control.sealed);
    const spy = jest.spyOn(control.sealed, 'values').mockImplementation(() => (asked++, values()));
    await gateway.startGateway(soon);
    await until(() => asked > 1, 'two rounds');
    await served();
    expect(row(1)).toEqual(before);
    spy.mockRestore();
    control.keys.clear();
  });

  it('takes the place of a vault key while calls go on, without one that fails', async () => {
    await gateway.seal(2, { api_key: 'of-another-time' });
    control.sealed.set(`${INTEGRATION}.2`, { ...row(2), keyId: '' });
    const before = [row(1), row(2)];
    await gateway.startGateway(soon);
    const statuses = await underLoad(async () => {
      const key = await custody().createIntegrationKey({ integrationId: INTEGRATION, epoch: 1 });
      announce(key);
      await until(() => [1, 2].every((version) => row(version).keyId === key.keyId), 'every row to be moved');
    });
    expect(statuses).toEqual(new Set([200]));
    // The provider's secret was not touched.
    for (const { nonce, ciphertext, credentialVersion } of before) {
      expect(row(credentialVersion)).toMatchObject({ nonce, ciphertext });
    }
  });

  it('leaves no need of the vault key, whatever wraps are on disk', async () => {
    await gateway.startGateway(withoutVaultKey);
    await served();
  });

  it('is changed while calls go on, and the earlier one destroyed, without a call that fails', async () => {
    await gateway.startGateway(withoutVaultKey);
    const statuses = await underLoad(async () => {
      const next = await custody().createIntegrationKey({ integrationId: INTEGRATION, epoch: 2 });
      const { keyId } = row(1);
      announce(next);
      await until(
        () => [1, 2].every((version) => row(version).keyId === next.keyId),
        'every row to be moved',
      );
      const earlier = { integrationId: INTEGRATION, epoch: 1, keyId, wasScheduled: false };
      expect(await custody().destroyIntegrationKey(earlier)).toEqual({ scheduledFor: undefined });
      expect([existsSync(keyFile(1)), existsSync(keyFile(2))]).toEqual([false, true]);
    });
    expect(statuses).toEqual(new Set([200]));
    await gateway.stopGateway();
    await gateway.startGateway(withoutVaultKey);
    await served();
  });

  it('is made once for two gateways that share the directory', async () => {
    await gateway.startGateway(withoutVaultKey);
    const name = { integrationId: INTEGRATION, epoch: 3 };
    const made = await Promise.all([
      custody().createIntegrationKey(name),
      new LocalKeys(gateway.keyDirectory, syncToDisk).create(name),
      custody().createIntegrationKey(name),
    ]);
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(1);
  });

  it("is the registry's business alone", async () => {
    await gateway.startGateway(withoutVaultKey);
    const name = { integrationId: INTEGRATION, epoch: 2 };
    await expect(custody('token-of-the-gateway').createIntegrationKey(name)).rejects.toMatchObject({
      reason: expect.stringMatching(/DENIED|UNKNOWN/),
    });
    const destruction = { ...name, keyId: '', wasScheduled: false };
    await expect(custody('nobody').destroyIntegrationKey(destruction)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    for (const wrong of [
      { integrationId: '../x', epoch: 1 },
      { integrationId: INTEGRATION, epoch: 0 },
    ]) {
      await expect(custody().createIntegrationKey(wrong)).rejects.toMatchObject({
        reason: 'REQUEST_INVALID',
      });
    }
    await served();
  });

  it('takes everything with it that was opened by it: in memory, and on disk', async () => {
    await gateway.startGateway(withoutVaultKey);
    await served();
    const files = join(gateway.directory, 'data', 'credentials');
    expect(readdirSync(files)).toHaveLength(1);
    const { keyId } = row(1);
    await custody().destroyIntegrationKey({
      integrationId: INTEGRATION,
      epoch: 2,
      keyId,
      wasScheduled: false,
    });
    expect(readdirSync(files)).toHaveLength(0);
    const answer = await gateway.chat(body);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('credential_unavailable');
    // Not with every key that remains.
    await expect(
      custody().createIntegrationKey({ integrationId: INTEGRATION, epoch: 2 }),
    ).rejects.toMatchObject({
      reason: 'INTEGRATION_KEY_DESTROYED',
    });
  });
});

describe('a credential that is changed while calls go on', () => {
  it('is the old one or the new one in every call, and none fails', async () => {
    const key = await new LocalKeys(gateway.keyDirectory, syncToDisk).create({
      integrationId: INTEGRATION,
      epoch: 4,
    });
    announce(key);
    const keep = async (credentialVersion: number, secret: string): Promise<void> => {
      const binding = {
        organizationId: ORGANIZATION,
        integrationId: INTEGRATION,
        credentialVersion,
        origins: row(1).origins,
      };
      const sealer = new HpkeCredentialSealer(key.publicKey, undefined, key);
      const sealed = (await sealer.seal(binding, { api_key: secret })) as registryV1.SealedCredential;
      control.sealed.set(`${INTEGRATION}.${credentialVersion}`, sealed);
    };
    await keep(1, 'sk-version-0000001');
    await gateway.startGateway(withoutVaultKey);
    const begun = provider.calls.length;
    const statuses = await underLoad(async () => {
      for (let version = 2; version <= 6; version++) {
        await keep(version, `sk-version-000000${version}`);
        const reached = provider.calls.length;
        gateway.setIntegration({ credentialVersion: version });
        await until(() =>
          provider.calls
            .slice(reached)
            .some(({ headers }) => headers.authorization?.endsWith(String(version)) === true),
        );
      }
    });
    expect(statuses).toEqual(new Set([200]));
    const seen = provider.calls.slice(begun).map(({ headers }) => headers.authorization ?? '');
    for (const authorization of seen) expect(authorization).toMatch(/^Bearer sk-version-000000[1-6]$/);
    const versions = seen.map((authorization) => Number(authorization.at(-1)));
    // Requests that run side by side may pass each other, but no call goes back to a version that was gone before it began.
    for (const [index, version] of versions.entries()) {
      expect(Math.max(...versions.slice(0, Math.max(0, index - 2 * CLIENTS)), 0)).toBeLessThanOrEqual(
        version,
      );
    }
  });
});
