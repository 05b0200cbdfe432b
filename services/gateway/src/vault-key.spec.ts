import { until } from '@gatehouse/kernel/testing';
import type { registryV1 } from '@gatehouse/proto-gen';
import { generateVaultKeyPair, vaultKeyIdOf } from '@gatehouse/sealing';
import { CREDENTIAL, GatewayFixture, INTEGRATION, MODEL } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
const CLIENTS = 4;

describe('a vault key that is changed', () => {
  const gateway = new GatewayFixture();
  const { control, provider } = gateway;
  const next = generateVaultKeyPair();
  const nextId = vaultKeyIdOf(next.publicKey);
  const soon = { GATEHOUSE_REWRAP_EVERY_MS: '100' };

  beforeAll(() => gateway.startSurroundings());
  afterAll(() => gateway.stop());

  const row = (version: number): registryV1.SealedCredential => {
    const sealed = control.sealed.get(`${INTEGRATION}.${version}`);
    if (!sealed) throw new Error('nothing sealed');
    return sealed;
  };
  const served = async (): Promise<void> => {
    expect((await gateway.chat(body)).status).toBe(200);
    expect(provider.calls.at(-1)?.headers.authorization).toBe(`Bearer ${CREDENTIAL}`);
  };

  it('is not moved to by a gateway that does not have it', async () => {
    const before = row(1);
    control.vaultKeyId = nextId;
    let asked = 0;
    const values = control.sealed.values.bind(control.sealed);
    jest.spyOn(control.sealed, 'values').mockImplementation(() => (asked++, values()));
    await gateway.startGateway(soon);
    await until(() => asked > 1, 'two rounds');
    await served();
    expect(row(1)).toEqual(before);
    await gateway.stopGateway();
    control.vaultKeyId = '';
  });

  it('is changed while calls go on, without one that fails', async () => {
    await gateway.seal(2, { api_key: 'of-another-time' });
    control.sealed.set(`${INTEGRATION}.2`, { ...row(2), keyId: '' });
    const before = [row(1), row(2)];
    await gateway.startGateway({
      ...soon,
      GATEHOUSE_VAULT_PRIVATE_KEY_FILE: gateway.keyFiles(gateway.vault, next),
    });
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
    await until(() => statuses.length >= CLIENTS);
    control.vaultKeyId = nextId;
    await until(() => [1, 2].every((version) => row(version).keyId === nextId), 'every row to be moved');
    const reached = statuses.length;
    await until(() => statuses.length >= reached + 2 * CLIENTS);
    going = false;
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200]));
    // The provider's secret was not touched.
    for (const { nonce, ciphertext, credentialVersion } of before) {
      expect(row(credentialVersion)).toMatchObject({ nonce, ciphertext });
    }
    await gateway.stopGateway();
  });

  it('leaves no need of the old one, whatever wraps are on disk', async () => {
    await gateway.startGateway({ GATEHOUSE_VAULT_PRIVATE_KEY_FILE: gateway.keyFiles(next) });
    await served();
  });
});
