import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { CipherSuite } from '@hpke/core';
import { newHpkeSuite } from './hpke-suite';
import { CredentialSealer, DataKeyUnwrapper } from './key-halves';
import { type IntegrationKey, parseIntegrationKeyId } from './keys/integration-key';
import type { KeyProviders } from './keys/key-providers';
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
const NO_CUSTODY = new Uint8Array();

/** Whom a sealer seals to; of a vault key by default. */
type SealingKey = Pick<IntegrationKey, 'keyId' | 'custody'>;

/**
 * Seals to a public key by HPKE (RFC 9180, X25519-HKDF-SHA256, AES-256-GCM). The data key and the nonce come from the
 * given source; HPKE's ephemeral key always comes from the machine's.
 */
export class HpkeCredentialSealer extends CredentialSealer {
  private readonly suite = newHpkeSuite();

  /**
   * @param publicKey raw X25519, 32 bytes.
   * @param key whose half it is.
   */
  constructor(
    private readonly publicKey: Uint8Array,
    private readonly random: RandomBytes = randomBytes,
    private readonly key: SealingKey = { keyId: vaultKeyIdOf(publicKey), custody: NO_CUSTODY },
  ) {
    super();
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
      const wrapped = await wrap(
        this.suite,
        { ...this.key, publicKey: this.publicKey },
        dataKey,
        additionalData,
      );
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

/**
 * Unwraps with the private half that a credential names: of its integration's key, which a provider has, or of a vault key
 * of those that it is given.
 */
export class HpkeDataKeyUnwrapper extends DataKeyUnwrapper {
  private readonly suite = newHpkeSuite();
  /** By key id. */
  private readonly vaultKeys: ReadonlyMap<string, Uint8Array>;

  /** @param vaultKeys private halves, raw X25519, 32 bytes each. */
  constructor(
    vaultKeys: readonly Uint8Array[],
    private readonly providers?: Pick<KeyProviders, 'privateHalf'>,
  ) {
    super();
    this.vaultKeys = new Map(vaultKeys.map((key) => [vaultKeyIdOf(publicKeyOf(key)), key]));
  }

  async unwrap(sealed: SealedCredential): Promise<KeyObject> {
    const dataKey = await this.dataKeyOf(sealed);
    try {
      return createSecretKey(dataKey);
    } finally {
      dataKey.fill(0);
    }
  }

  async rewrap(sealed: SealedCredential, to: IntegrationKey): Promise<WrappedDataKey> {
    if (parseIntegrationKeyId(to.keyId)?.integrationId !== sealed.integrationId)
      throw new CredentialUnreadable();
    const dataKey = await this.dataKeyOf(sealed);
    try {
      const wrapped = await wrap(this.suite, to, dataKey, additionalDataOf(sealed));
      const again = await this.dataKeyOf({ ...sealed, ...wrapped });
      const isSame = again.equals(dataKey);
      again.fill(0);
      if (!isSame) throw new CredentialUnreadable();
      return wrapped;
    } finally {
      dataKey.fill(0);
    }
  }

  private async dataKeyOf(sealed: SealedCredential): Promise<Buffer> {
    const integrationKey = parseIntegrationKeyId(sealed.keyId);
    if (integrationKey === undefined) return this.openedByVaultKey(sealed);
    // A key opens what is its own integration's, and nothing else.
    if (integrationKey.integrationId !== sealed.integrationId || this.providers === undefined) {
      throw new CredentialUnreadable();
    }
    const privateKey = await this.providers.privateHalf({ keyId: sealed.keyId, custody: sealed.keyCustody });
    const dataKey = await this.openedWith(privateKey, sealed).finally(() => privateKey.fill(0));
    if (dataKey === undefined) throw new CredentialUnreadable();
    return dataKey;
  }

  /** A row that names no key was sealed to one of them; which, is found by trying. */
  private async openedByVaultKey(sealed: SealedCredential): Promise<Buffer> {
    const named = this.vaultKeys.get(sealed.keyId);
    const candidates = sealed.keyId === '' ? [...this.vaultKeys.values()] : named ? [named] : [];
    for (const privateKey of candidates) {
      const dataKey = await this.openedWith(privateKey, sealed);
      if (dataKey !== undefined) return dataKey;
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
      const dataKey = Buffer.from(opened);
      return dataKey.length === DATA_KEY_BYTES ? dataKey : undefined;
    } catch {
      return undefined;
    }
  }
}

const wrap = async (
  suite: CipherSuite,
  to: IntegrationKey,
  dataKey: Buffer,
  additionalData: Buffer,
): Promise<WrappedDataKey> => {
  const recipientPublicKey = await suite.kem.deserializePublicKey(exactly(to.publicKey));
  const { enc, ct } = await suite.seal(
    { recipientPublicKey, info: exactly(INFO) },
    exactly(dataKey),
    exactly(additionalData),
  );
  return {
    keyId: to.keyId,
    keyCustody: to.custody,
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
