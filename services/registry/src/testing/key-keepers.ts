import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncToDisk } from '@gatehouse/kernel';
import { AwsKmsKeys, type KeyProvider, LocalKeys, VaultTransitKeys } from '@gatehouse/sealing';
import { MotoServer, TRANSIT_TOKEN, TransitServer } from '@gatehouse/sealing/testing';

/** A place where integrations' keys are kept. */
export interface Keeper {
  readonly provider: KeyProvider;
  /** What the registry must not know of it. */
  secrets(): readonly string[];
  /** From now on it cannot be reached. */
  fail(): Promise<void>;
  stop(): Promise<void>;
}

/** Those of the integrations that are there still. */
const privateHalvesIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.key'))
    .map((name) => Buffer.from(readFileSync(join(directory, name), 'utf8'), 'base64'))
    .flatMap((half) => [half.toString('base64'), half.toString('hex')]);

export const inFiles = async (): Promise<Keeper> => {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-canary-'));
  const directory = join(root, 'keys');
  return {
    provider: new LocalKeys(directory, syncToDisk),
    secrets: () => privateHalvesIn(directory),
    fail: async () => {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, '');
    },
    stop: async () => rmSync(root, { recursive: true }),
  };
};

export const inVault = async (): Promise<Keeper> => {
  const server = new TransitServer();
  await server.start();
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-canary-'));
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, TRANSIT_TOKEN);
  return {
    provider: new VaultTransitKeys({ address: server.address, mount: 'transit', namespace: '', tokenFile }),
    secrets: () => [TRANSIT_TOKEN],
    fail: async () => {
      server.failWith = 503;
    },
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true });
    },
  };
};

export const inKms = async (): Promise<Keeper> => {
  const moto = await MotoServer.start();
  let isUp = true;
  const stop = async (): Promise<void> => {
    if (isUp) await moto.stop();
    isUp = false;
  };
  const secretAccessKey = randomBytes(24).toString('hex');
  const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey };
  return {
    provider: new AwsKmsKeys({
      region: 'eu-central-1',
      endpoint: moto.origin,
      pendingDays: 7,
      credentials: keys,
    }),
    secrets: () => [secretAccessKey],
    fail: stop,
    stop,
  };
};
