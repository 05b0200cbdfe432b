import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveId } from '@gatehouse/kernel';
import { keyProviderContract, TRANSIT_TOKEN, TransitServer } from '../testing';
import { VaultTransitKeys } from './vault-transit-keys';

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-transit-'));
const tokenFile = join(directory, 'token');
const keysOf = (server: TransitServer) =>
  new VaultTransitKeys({ address: server.address, mount: 'transit', namespace: '', tokenFile });

beforeEach(() => writeFileSync(tokenFile, `${TRANSIT_TOKEN}\n`));
afterAll(() => rmSync(directory, { recursive: true }));

keyProviderContract('Vault transit', async () => {
  const server = new TransitServer();
  await server.start();
  return {
    provider: keysOf(server),
    second: keysOf(server),
    endOfWaiting: async () => undefined,
    fail: async () => {
      server.failWith = 503;
    },
    tear: () => server.stop(),
  };
});

describe('Vault transit', () => {
  const server = new TransitServer();
  const name = { integrationId: deriveId('int', 'a'), epoch: 1 };
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  test('the token is read anew, and one that is not taken is said to be refused', async () => {
    const keys = keysOf(server);
    writeFileSync(tokenFile, 'of-another-time');
    await expect(keys.create(name)).rejects.toMatchObject({
      code: 'REFUSED',
      reason: 'KEY_PROVIDER_REFUSED',
    });
    writeFileSync(tokenFile, TRANSIT_TOKEN);
    expect((await keys.create(name)).keyId).toMatch(/^ik_vault-transit_/);
  });

  test('a key is not deleted before it was told that it is there', async () => {
    const keys = keysOf(server);
    await keys.create(name);
    expect((await keys.destroy(name, false)).state).toBe('scheduled');
    expect(server.keys.size).toBe(1);
    expect(await keys.destroy(name, true)).toEqual({ state: 'destroyed' });
    expect(server.keys.size).toBe(0);
  });

  test('a server that is not there is unavailable', async () => {
    const gone = new VaultTransitKeys({
      address: 'http://127.0.0.1:1',
      mount: 'transit',
      namespace: '',
      tokenFile,
    });
    await expect(gone.create(name)).rejects.toMatchObject({ reason: 'KEY_PROVIDER_UNAVAILABLE' });
  });
});
