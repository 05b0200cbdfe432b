import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, deriveId, integrationId, organizationId, syncToDisk } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { NOTHING_DECIDED } from '@gatehouse/offering';
import { type registryV1, typeV1 } from '@gatehouse/proto-gen';
import {
  generateVaultKeyPair,
  HpkeCredentialSealer,
  HpkeDataKeyUnwrapper,
  originsOf,
} from '@gatehouse/sealing';
import { Configuration, type Integration } from '../../domain/configuration';
import { SealedCredentialFiles } from './sealed-credential-files';
import { VaultCredentials, type VaultRpc } from './vault-credentials';

const BASE_URL = 'https://a.example/v1';
const vault = generateVaultKeyPair();
const silent = { warn: () => undefined, error: () => undefined };
let directory: string;
let credentials: VaultCredentials;
let elapsedMs = 0;
const ask = jest.fn<
  Promise<registryV1.GetSealedCredentialResponse>,
  [registryV1.GetSealedCredentialRequest]
>();

const integrationNamed = (name: string): Integration => ({
  id: integrationId(deriveId('int', name)),
  organizationId: organizationId(deriveId('org', 'a')),
  slug: name,
  provider: 'openai',
  dialect: 'openai',
  baseUrl: BASE_URL,
  credentialVersion: 1,
  enabled: true,
  modelHosts: new Map(),
  deployments: new Map(),
  modelDecisions: NOTHING_DECIDED,
});
const sealedOf = async ({ id, organizationId: owner, credentialVersion }: Integration) => {
  const binding = {
    organizationId: owner,
    integrationId: id,
    credentialVersion,
    origins: originsOf([BASE_URL]),
  };
  return (await new HpkeCredentialSealer(vault.publicKey).seal(binding, {
    api_key: 'sk-1',
  })) as registryV1.SealedCredential;
};
const configurationOf = (...integrations: Integration[]): Configuration => {
  const configuration = new Configuration();
  for (const value of integrations) configuration.apply({ kind: 'integration', value });
  return configuration;
};
/** More than it waits before it asks again. */
const anAskLater = () => sleep(1_500);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-vault-'));
  ask.mockReset();
  credentials = new VaultCredentials({
    rpc: { getSealedCredential: ask, close: () => undefined } as unknown as VaultRpc,
    unwrapper: new HpkeDataKeyUnwrapper([vault.privateKey]),
    files: new SealedCredentialFiles(directory, syncToDisk),
    clock: { now: () => new Date(), monotonicMs: () => elapsedMs },
    log: silent,
  });
});
afterEach(() => {
  credentials.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a configuration that is followed no more does not come back when its last fetch fails', async () => {
  const [gone, now] = [integrationNamed('gone'), integrationNamed('now')];
  let fail = (_error: Error): void => undefined;
  ask.mockImplementationOnce(() => new Promise((_resolve, reject) => (fail = reject)));
  credentials.follow(configurationOf(gone));
  const sealed = await sealedOf(now);
  ask.mockImplementation(async () => ({ sealed }));
  credentials.follow(configurationOf(now));
  await until(() => readdirSync(directory).length === 1);
  fail(new AppError('UNAVAILABLE', 'DOWN'));
  await anAskLater();
  const asked = ask.mock.calls.length;
  expect(await credentials.open(now, BASE_URL)).toMatchObject({
    fields: { api_key: 'sk-1' },
    use: { kind: 'api-key', scheme: 'bearer' },
  });
  expect(ask.mock.calls.length).toBe(asked);
  expect(readdirSync(directory)).toHaveLength(1);
});

test('nothing is tidied any more once it was stopped, however often it was followed', async () => {
  ask.mockRejectedValue(new AppError('UNAVAILABLE', 'DOWN'));
  const configuration = configurationOf(integrationNamed('a'));
  credentials.follow(configuration);
  credentials.follow(configuration);
  await sleep(50);
  credentials.stop();
  writeFileSync(join(directory, 'of-the-next-process.sealed'), '');
  await anAskLater();
  expect(readdirSync(directory)).toHaveLength(1);
});

test('what cannot be tidied is left for a while, and the configuration is followed all the same', async () => {
  const [gone, now] = [integrationNamed('gone'), integrationNamed('now')];
  const sealed = { gone: await sealedOf(gone), now: await sealedOf(now) };
  ask.mockImplementation(async ({ integrationId: id }) => ({
    sealed: id === now.id ? sealed.now : sealed.gone,
  }));
  credentials.follow(configurationOf(gone));
  await until(() => readdirSync(directory).length === 1);
  const aside = `${directory}-aside`;
  renameSync(directory, aside);
  credentials.follow(configurationOf(now));
  expect(await credentials.open(now, BASE_URL)).toMatchObject({ fields: { api_key: 'sk-1' } });
  renameSync(aside, directory);
  await until(() => readdirSync(directory).length === 0);
});

test('how a credential is used is asked again every minute, and nobody waits for it', async () => {
  const integration = integrationNamed('a');
  const sealed = await sealedOf(integration);
  const useIn = (region: string) =>
    typeV1.CredentialUse.fromPartial({ kind: typeV1.CredentialKind.API_KEY, fields: { region } });
  ask.mockImplementation(async () => ({ sealed, use: useIn('a') }));
  credentials.follow(configurationOf(integration));
  const regionNow = async () => (await credentials.open(integration, BASE_URL)).use.fields['region'];
  expect(await regionNow()).toBe('a');
  ask.mockImplementation(async () => ({ sealed, use: useIn('b') }));
  expect(await regionNow()).toBe('a');
  expect(ask.mock.calls).toHaveLength(1);
  elapsedMs += 60_000;
  expect(await regionNow()).toBe('a');
  await until(async () => (await regionNow()) === 'b');
  expect(ask.mock.calls).toHaveLength(2);
  // Kept on disk as well: the next process goes by it while nobody answers.
  expect(new SealedCredentialFiles(directory, syncToDisk).read(`${integration.id}.1`)?.use?.fields).toEqual({
    region: 'b',
  });
});
