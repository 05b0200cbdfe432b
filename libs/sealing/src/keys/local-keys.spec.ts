import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveId, syncToDisk } from '@gatehouse/kernel';
import { keyProviderContract } from '../testing';
import { LocalKeys } from './local-keys';

const name = { integrationId: deriveId('int', 'a'), epoch: 1 };
const fresh = () => join(mkdtempSync(join(tmpdir(), 'gatehouse-keys-')), 'keys');

keyProviderContract('local files', async () => {
  const directory = fresh();
  return {
    provider: new LocalKeys(directory, syncToDisk),
    second: new LocalKeys(directory, syncToDisk),
    endOfWaiting: async () => undefined,
    // What was a directory is a file: nothing below it can be reached, not even by root.
    fail: async () => {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, '');
    },
    tear: async () => rmSync(join(directory, '..'), { recursive: true }),
  };
});

describe('the key directory', () => {
  let directory: string;
  let keys: LocalKeys;
  beforeEach(() => {
    directory = fresh();
    keys = new LocalKeys(directory, syncToDisk);
  });
  afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

  test('is for its owner alone, and so is every file', async () => {
    await keys.create(name);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toEqual([`${name.integrationId}.1.key`]);
    expect(statSync(join(directory, `${name.integrationId}.1.key`)).mode & 0o777).toBe(0o600);
    chmodSync(directory, 0o750);
    expect(() => new LocalKeys(directory, syncToDisk)).toThrow('mode 0700');
  });

  test('two gateways that make a key at once have one', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => new LocalKeys(directory, syncToDisk).create(name)),
    );
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(1);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  test('a destroyed key is overwritten before it is unlinked, leaves a stone, and is not made again', async () => {
    await keys.create(name);
    const file = join(directory, `${name.integrationId}.1.key`);
    const before = readFileSync(file);
    // Another name of the same blocks, as a file system that keeps them would have.
    const blocks = join(directory, '..', 'blocks');
    linkSync(file, blocks);
    await keys.destroy(name);
    expect(readFileSync(blocks)).toHaveLength(before.length);
    expect(readFileSync(blocks).equals(before)).toBe(false);
    expect(readdirSync(directory)).toEqual([`${name.integrationId}.1.destroyed`]);
    expect(await keys.destroy(name)).toEqual({ state: 'destroyed' });
    await expect(keys.create(name)).rejects.toMatchObject({ reason: 'INTEGRATION_KEY_DESTROYED' });
    expect((await keys.create({ ...name, epoch: 2 })).keyId).toContain('_2_');
  });

  test('a destruction that a crash cut short is ended by the next', async () => {
    await keys.create(name);
    writeFileSync(join(directory, `${name.integrationId}.1.destroyed`), '');
    expect(await keys.destroy(name)).toEqual({ state: 'destroyed' });
    expect(readdirSync(directory)).toEqual([`${name.integrationId}.1.destroyed`]);
  });
});
