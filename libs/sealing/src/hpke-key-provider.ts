import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { CipherSuite } from '@hpke/core';
import { newHpkeSuite } from './hpke-suite';
import { CredentialSealer, DataKeyUnwrapper } from './key-provider';
import { CIPHER, TAG_BYTES } from './open-credential';
import {
  additionalDataOf,
  type CredentialBinding,
  type CredentialFields,
  CredentialUnreadable,
  FORMAT,
  type SealedCredential,
  sortedFields,
  type WrappedDataKey,
} from './sealed-credential';
import { publicKeyOf, vaultKeyIdOf } from './vault-key';

/** So many random bytes, from a cryptographic source. */
export type RandomBytes = (length: number) => Uint8Array;

const DATA_KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** HPKE's `info`: a key wrapped for another purpose does not unwrap here. */
const INFO = Buffer.from('gatehouse.data-key.v1');

/**
 * Seals to a public key by HPKE (RFC 9180, X25519-HKDF-SHA256, AES-256-GCM). The data key and the nonce come from the
 * given source; HPKE's ephemeral key always comes from the machine's.
 */
export class HpkeCredentialSealer extends CredentialSealer {
  private readonly suite = newHpkeSuite();

  /** @param publicKey raw X25519, 32 bytes. */
  constructor(
    private readonly publicKey: Uint8Array,
    private readonly random: RandomBytes = randomBytes,
  ) {
    super();
  }

  get keyId(): string {
    return vaultKeyIdOf(this.publicKey);
  }

  async seal(binding: CredentialBinding, fields: CredentialFields): Promise<SealedCredential> {
    const names = sortedFields(fields);
    const { organizationId, integrationId, credentialVersion, origins } = binding;
    const facts = {
      format: FORMAT,
      organizationId,
      integrationId,
      credentialVersion,
      origins,
      fields: names,
    };
    const additionalData = additionalDataOf(facts);
    const dataKey = Buffer.from(this.random(DATA_KEY_BYTES));
    try {
      const wrapped = await wrap(this.suite, this.publicKey, dataKey, additionalData);
      const nonce = Buffer.from(this.random(NONCE_BYTES));
      const plaintext = Buffer.from(
        JSON.stringify(Object.fromEntries(names.map((name) => [name, fields[name]]))),
      );
      const ciphertext = encrypt(plaintext, dataKey, nonce, additionalData);
      plaintext.fill(0);
      return { ...facts, ...wrapped, nonce, ciphertext };
    } finally {
      dataKey.fill(0);
    }
  }
}

/** Unwraps with the private key that a credential names, of those that it is given. */
export class HpkeDataKeyUnwrapper extends DataKeyUnwrapper {
  private readonly suite = newHpkeSuite();
  /** By key id. */
  private readonly privateKeys: ReadonlyMap<string, Uint8Array>;

  /** @param privateKeys raw X25519, 32 bytes each. */
  constructor(privateKeys: readonly Uint8Array[]) {
    super();
    this.privateKeys = new Map(privateKeys.map((key) => [vaultKeyIdOf(publicKeyOf(key)), key]));
  }

  async unwrap(sealed: SealedCredential): Promise<KeyObject> {
    const dataKey = await this.dataKeyOf(sealed);
    try {
      return createSecretKey(dataKey);
    } finally {
      dataKey.fill(0);
    }
  }

  holds(keyId: string): boolean {
    return this.privateKeys.has(keyId);
  }

  async rewrap(sealed: SealedCredential, keyId: string): Promise<WrappedDataKey> {
    const privateKey = this.privateKeys.get(keyId);
    if (privateKey === undefined) throw new CredentialUnreadable();
    const dataKey = await this.dataKeyOf(sealed);
    try {
      const wrapped = await wrap(this.suite, publicKeyOf(privateKey), dataKey, additionalDataOf(sealed));
      const again = await this.dataKeyOf({ ...sealed, ...wrapped });
      const isSame = again.equals(dataKey);
      again.fill(0);
      if (!isSame) throw new CredentialUnreadable();
      return wrapped;
    } finally {
      dataKey.fill(0);
    }
  }

  /** A row that names no key was sealed to one of them; which, is found by trying. */
  private async dataKeyOf(sealed: SealedCredential): Promise<Buffer> {
    const named = this.privateKeys.get(sealed.keyId);
    const candidates = sealed.keyId === '' ? [...this.privateKeys.values()] : named ? [named] : [];
    for (const privateKey of candidates) {
      const dataKey = await this.openedWith(privateKey, sealed);
      if (dataKey?.length === DATA_KEY_BYTES) return dataKey;
    }
    throw new CredentialUnreadable();
  }

  private async openedWith(privateKey: Uint8Array, sealed: SealedCredential): Promise<Buffer | undefined> {
    try {
      const recipientKey = await this.suite.kem.deserializePrivateKey(exactly(privateKey));
      const opened = await this.suite.open(
        { recipientKey, enc: exactly(sealed.encapsulatedKey), info: exactly(INFO) },
        exactly(sealed.wrappedDataKey),
        exactly(additionalDataOf(sealed)),
      );
      return Buffer.from(opened);
    } catch {
      return undefined;
    }
  }
}

const wrap = async (
  suite: CipherSuite,
  publicKey: Uint8Array,
  dataKey: Buffer,
  additionalData: Buffer,
): Promise<WrappedDataKey> => {
  const recipientPublicKey = await suite.kem.deserializePublicKey(exactly(publicKey));
  const { enc, ct } = await suite.seal(
    { recipientPublicKey, info: exactly(INFO) },
    exactly(dataKey),
    exactly(additionalData),
  );
  return {
    keyId: vaultKeyIdOf(publicKey),
    encapsulatedKey: Buffer.from(enc),
    wrappedDataKey: Buffer.from(ct),
  };
};

const encrypt = (plaintext: Buffer, dataKey: Buffer, nonce: Buffer, additionalData: Buffer): Buffer => {
  const cipher = createCipheriv(CIPHER, dataKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

/** An ArrayBuffer of exactly these bytes: small Buffers are windows on a shared pool. */
const exactly = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
