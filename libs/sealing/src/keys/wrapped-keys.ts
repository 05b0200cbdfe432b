import { CredentialUnreadable } from '../sealed-credential';
import { generateVaultKeyPair } from '../vault-key';
import {
  integrationKeyIdOf,
  type IntegrationKey,
  type IntegrationKeyName,
  isPrivateHalfOf,
  parseIntegrationKeyId,
} from './integration-key';
import { KeyProvider } from './key-provider';

/** A provider whose own keys never leave it: each integration's private half travels encrypted under one of them. */
export abstract class WrappedKeys extends KeyProvider {
  async create(name: IntegrationKeyName): Promise<IntegrationKey> {
    await this.makeWrappingKey(name);
    const { publicKey, privateKey } = generateVaultKeyPair();
    const keyId = integrationKeyIdOf(this.kind, name, publicKey);
    try {
      return { keyId, publicKey, custody: await this.encrypt(name, privateKey, keyId) };
    } finally {
      privateKey.fill(0);
    }
  }

  async privateHalf({ keyId, custody }: Pick<IntegrationKey, 'keyId' | 'custody'>): Promise<Buffer> {
    const name = parseIntegrationKeyId(keyId);
    if (name?.kind !== this.kind) throw new CredentialUnreadable();
    const privateKey = await this.decrypt(name, custody, keyId);
    if (!isPrivateHalfOf(keyId, privateKey)) throw new CredentialUnreadable();
    return privateKey;
  }

  /** Nothing where it is there. Errors: REFUSED `INTEGRATION_KEY_DESTROYED`. */
  protected abstract makeWrappingKey(name: IntegrationKeyName): Promise<void>;
  /** @param context it decrypts with the same alone. */
  protected abstract encrypt(
    name: IntegrationKeyName,
    plaintext: Buffer,
    context: string,
  ): Promise<Uint8Array>;
  /** Errors: CredentialUnreadable. */
  protected abstract decrypt(
    name: IntegrationKeyName,
    ciphertext: Uint8Array,
    context: string,
  ): Promise<Buffer>;
}
