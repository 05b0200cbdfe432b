import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { registryV1 } from '@gatehouse/proto-gen';
import type { SealedCredential } from '@gatehouse/sealing';
import { writeDurably } from '../journal/journal-identity';

const SUFFIX = '.sealed';

/** Credentials on disk as the vault gave them: sealed. Names are integration id and version. */
export class SealedCredentialFiles {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  read(name: string): SealedCredential | undefined {
    try {
      return registryV1.SealedCredential.decode(readFileSync(join(this.directory, name + SUFFIX)));
    } catch {
      return undefined;
    }
  }

  write(name: string, sealed: SealedCredential): void {
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
    writeDurably(this.directory, name + SUFFIX, registryV1.SealedCredential.encode(message).finish());
  }

  remove(name: string): void {
    rmSync(join(this.directory, name + SUFFIX), { force: true });
  }

  /** Deletes all but these: a destroyed credential must not survive here. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const file of readdirSync(this.directory)) {
      if (!file.endsWith(SUFFIX) || names.has(file.slice(0, -SUFFIX.length))) continue;
      rmSync(join(this.directory, file), { force: true });
    }
  }
}
