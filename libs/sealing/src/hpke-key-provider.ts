import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
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
} from './sealed-credential';

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
      const wrapped = await this.wrap(dataKey, additionalData);
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

  private async wrap(
    dataKey: Buffer,
    additionalData: Buffer,
  ): Promise<Pick<SealedCredential, 'encapsulatedKey' | 'wrappedDataKey'>> {
    const recipientPublicKey = await this.suite.kem.deserializePublicKey(exactly(this.publicKey));
    const { enc, ct } = await this.suite.seal(
      { recipientPublicKey, info: exactly(INFO) },
      exactly(dataKey),
      exactly(additionalData),
    );
    return { encapsulatedKey: Buffer.from(enc), wrappedDataKey: Buffer.from(ct) };
  }
}

/** Unwraps with the private key that belongs to the sealer's public key. */
export class HpkeDataKeyUnwrapper extends DataKeyUnwrapper {
  private readonly suite = newHpkeSuite();

  /** @param privateKey raw X25519, 32 bytes. */
  constructor(private readonly privateKey: Uint8Array) {
    super();
  }

  async unwrap(sealed: SealedCredential): Promise<KeyObject> {
    const recipientKey = await this.suite.kem.deserializePrivateKey(exactly(this.privateKey));
    let dataKey: Buffer;
    try {
      const opened = await this.suite.open(
        { recipientKey, enc: exactly(sealed.encapsulatedKey), info: exactly(INFO) },
        exactly(sealed.wrappedDataKey),
        exactly(additionalDataOf(sealed)),
      );
      dataKey = Buffer.from(opened);
    } catch {
      throw new CredentialUnreadable();
    }
    if (dataKey.length !== DATA_KEY_BYTES) throw new CredentialUnreadable();
    try {
      return createSecretKey(dataKey);
    } finally {
      dataKey.fill(0);
    }
  }
}

const encrypt = (plaintext: Buffer, dataKey: Buffer, nonce: Buffer, additionalData: Buffer): Buffer => {
  const cipher = createCipheriv(CIPHER, dataKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

/** An ArrayBuffer of exactly these bytes: small Buffers are windows on a shared pool. */
const exactly = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
