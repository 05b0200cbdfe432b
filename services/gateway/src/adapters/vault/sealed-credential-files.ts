import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskSync } from '@gatehouse/kernel';
import type { CredentialUse } from '@gatehouse/provider-auth';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { writeDurably } from '../journal/journal-identity';
import { fromProtoCredentialUse, toProtoCredentialUse } from './credential-use-messages';
import type { KeptCredential } from './proof';

const SEALED = '.sealed';
const USE = '.use';

/** Credentials on disk as the vault gave them: sealed, and how they are used. Names are integration id and version. */
export class SealedCredentialFiles {
  constructor(
    private readonly directory: string,
    private readonly sync: DiskSync,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  read(name: string): KeptCredential | undefined {
    const bytes = this.bytesOf(name + SEALED);
    const use = this.useOf(name);
    try {
      return bytes && { sealed: registryV1.SealedCredential.decode(bytes), ...(use && { use }) };
    } catch {
      return undefined;
    }
  }

  /** There when it returns, and kept from when it resolves. */
  async write(name: string, { sealed, use }: KeptCredential): Promise<void> {
    const message = registryV1.SealedCredential.fromPartial({
      ...sealed,
      fields: [...sealed.fields],
      origins: [...sealed.origins],
      keyCustody: Buffer.from(sealed.keyCustody),
      encapsulatedKey: Buffer.from(sealed.encapsulatedKey),
      wrappedDataKey: Buffer.from(sealed.wrappedDataKey),
      nonce: Buffer.from(sealed.nonce),
      ciphertext: Buffer.from(sealed.ciphertext),
    });
    const used = use && typeV1.CredentialUse.encode(toProtoCredentialUse(use)).finish();
    const bytes = registryV1.SealedCredential.encode(message).finish();
    await Promise.all([
      used && writeDurably(this.directory, name + USE, used, this.sync),
      writeDurably(this.directory, name + SEALED, bytes, this.sync),
    ]);
  }

  remove(name: string): void {
    for (const suffix of [SEALED, USE]) rmSync(join(this.directory, name + suffix), { force: true });
  }

  /** Deletes all but these: a destroyed credential must not survive here. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const file of readdirSync(this.directory)) {
      const suffix = [SEALED, USE].find((known) => file.endsWith(known));
      if (suffix === undefined || names.has(file.slice(0, -suffix.length))) continue;
      rmSync(join(this.directory, file), { force: true });
    }
  }

  private useOf(name: string): CredentialUse | undefined {
    const bytes = this.bytesOf(name + USE);
    try {
      return bytes && fromProtoCredentialUse(typeV1.CredentialUse.decode(bytes));
    } catch {
      return undefined;
    }
  }

  private bytesOf(file: string): Buffer | undefined {
    try {
      return readFileSync(join(this.directory, file));
    } catch {
      return undefined;
    }
  }
}
