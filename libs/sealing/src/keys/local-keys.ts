import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DiskSync } from '@gatehouse/kernel';
import { CredentialUnreadable } from '../sealed-credential';
import { generateVaultKeyPair, publicKeyOf } from '../vault-key';
import {
  assertKeyName,
  integrationKeyIdOf,
  type IntegrationKey,
  type IntegrationKeyName,
  isPrivateHalfOf,
  parseIntegrationKeyId,
} from './integration-key';
import { keyDestroyed, keyUnknown, providerUnavailable } from './key-errors';
import { type Destruction, KeyProvider } from './key-provider';

/**
 * Each key is a file of a directory that all gateways share and nobody else can read: the raw private half in base64. A
 * key that was destroyed leaves a stone with its name: it is not made again, and a directory that was lost is not taken
 * for one whose keys were destroyed.
 */
export class LocalKeys extends KeyProvider {
  readonly kind = 'local';

  /** Makes the directory where it is missing. Throws where others can look into it. */
  constructor(
    private readonly directory: string,
    private readonly sync: DiskSync,
  ) {
    super();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if ((statSync(directory).mode & 0o077) !== 0) throw new Error('the key directory must have mode 0700');
  }

  async create(name: IntegrationKeyName): Promise<IntegrationKey> {
    return this.orUnavailable(async () => {
      if (exists(this.stoneOf(name))) throw keyDestroyed();
      const file = this.fileOf(name);
      if (!exists(file)) this.make(file);
      // Also of one that another gateway makes in this moment.
      await this.sync(this.directory);
      // It may have been destroyed by another gateway while this one made it.
      if (exists(this.stoneOf(name))) {
        await this.erase(file);
        throw keyDestroyed();
      }
      const publicKey = publicKeyOf(readKey(file));
      return { keyId: integrationKeyIdOf('local', name, publicKey), publicKey, custody: Buffer.alloc(0) };
    });
  }

  async privateHalf({ keyId }: Pick<IntegrationKey, 'keyId'>): Promise<Buffer> {
    const name = parseIntegrationKeyId(keyId);
    if (name === undefined) throw new CredentialUnreadable();
    const privateKey = await this.orUnavailable(async () =>
      exists(this.fileOf(name)) ? readKey(this.fileOf(name)) : undefined,
    );
    if (privateKey === undefined || !isPrivateHalfOf(keyId, privateKey)) throw new CredentialUnreadable();
    return privateKey;
  }

  async destroy(name: IntegrationKeyName): Promise<Destruction> {
    return this.orUnavailable(async () => {
      const [file, stone] = [this.fileOf(name), this.stoneOf(name)];
      if (!exists(file) && !exists(stone)) throw keyUnknown();
      // The stone first: after a crash in between, the key is found again and erased.
      if (!exists(stone)) writeNew(stone, Buffer.from(`${new Date().toISOString()}\n`));
      await this.sync(this.directory);
      await this.erase(file);
      return { state: 'destroyed' };
    });
  }

  /** Whole or not at all: another gateway that makes it in the same instant finds this one, or this one finds that. */
  private make(file: string): void {
    const { privateKey } = generateVaultKeyPair();
    const draft = `${file}.${randomBytes(8).toString('hex')}.new`;
    writeNew(draft, Buffer.from(`${privateKey.toString('base64')}\n`));
    privateKey.fill(0);
    try {
      linkSync(draft, file);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      overwrite(draft);
    } finally {
      unlinkSync(draft);
    }
  }

  private async erase(file: string): Promise<void> {
    try {
      overwrite(file);
      unlinkSync(file);
    } catch (error) {
      // Another gateway was quicker.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    await this.sync(this.directory);
  }

  private fileOf(name: IntegrationKeyName): string {
    assertKeyName(name);
    return join(this.directory, `${name.integrationId}.${name.epoch}.key`);
  }

  private stoneOf(name: IntegrationKeyName): string {
    assertKeyName(name);
    return join(this.directory, `${name.integrationId}.${name.epoch}.destroyed`);
  }

  private async orUnavailable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw codeOf(error) === undefined || !isSystemError(error) ? error : providerUnavailable(error);
    }
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const isSystemError = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

/** Whether it is there. Throws where that cannot be told: it must not be taken for absent then. */
const exists = (path: string): boolean => {
  try {
    statSync(path);
    return true;
  } catch (error) {
    // Not by `throwIfNoEntry`, which some releases of Node take for any path that leads nowhere.
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

const readKey = (file: string): Buffer => Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');

const { O_CREAT, O_EXCL, O_RDWR, O_SYNC, O_WRONLY } = constants;

/** On disk when it returns. */
const writeNew = (path: string, content: Uint8Array): void => {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_SYNC, 0o600);
  try {
    for (let written = 0; written < content.length;) written += writeSync(file, content, written);
  } finally {
    closeSync(file);
  }
};

/** With random bytes, in place, on disk when it returns: what a file system keeps of an unlinked file is noise. */
const overwrite = (path: string): void => {
  const file = openSync(path, O_RDWR | O_SYNC);
  try {
    const noise = randomBytes(fstatSync(file).size);
    for (let written = 0; written < noise.length;)
      written += writeSync(file, noise, written, noise.length - written, written);
  } finally {
    closeSync(file);
  }
};
