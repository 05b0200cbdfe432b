import { CredentialUnreadable } from '../sealed-credential';
import { generateVaultKeyPair, type VaultKeyPair } from '../vault-key';
import {
  assertKeyName,
  integrationKeyIdOf,
  type IntegrationKey,
  type IntegrationKeyName,
  isPrivateHalfOf,
  parseIntegrationKeyId,
} from '../keys/integration-key';
import { keyDestroyed, keyUnknown, providerUnavailable } from '../keys/key-errors';
import { type Destruction, KeyProvider } from '../keys/key-provider';

/** Keys of one process, for specs. */
export class InMemoryKeys extends KeyProvider {
  readonly kind = 'local';
  readonly pairs = new Map<string, VaultKeyPair>();
  private readonly destroyedNames = new Set<string>();
  failing = false;
  /** What it says when it is to destroy a key for the first time, where that is not to be at once. */
  scheduledFor: Date | undefined;

  async create(name: IntegrationKeyName): Promise<IntegrationKey> {
    assertKeyName(name);
    if (this.failing) throw providerUnavailable(undefined);
    if (this.destroyedNames.has(textOf(name))) throw keyDestroyed();
    const pair = this.pairs.get(textOf(name)) ?? generateVaultKeyPair();
    this.pairs.set(textOf(name), pair);
    const { publicKey } = pair;
    return { keyId: integrationKeyIdOf('local', name, publicKey), publicKey, custody: new Uint8Array() };
  }

  async privateHalf({ keyId }: Pick<IntegrationKey, 'keyId'>): Promise<Buffer> {
    if (this.failing) throw providerUnavailable(undefined);
    const name = parseIntegrationKeyId(keyId);
    const pair = name && this.pairs.get(textOf(name));
    if (pair === undefined || !isPrivateHalfOf(keyId, pair.privateKey)) throw new CredentialUnreadable();
    return Buffer.from(pair.privateKey);
  }

  async destroy(name: IntegrationKeyName, wasScheduled: boolean): Promise<Destruction> {
    if (this.failing) throw providerUnavailable(undefined);
    const text = textOf(name);
    if (!this.pairs.delete(text) && !this.destroyedNames.has(text)) throw keyUnknown();
    this.destroyedNames.add(text);
    if (this.scheduledFor !== undefined && (!wasScheduled || this.scheduledFor > new Date())) {
      return { state: 'scheduled', until: this.scheduledFor };
    }
    return { state: 'destroyed' };
  }
}

const textOf = ({ integrationId, epoch }: IntegrationKeyName): string => `${integrationId}.${epoch}`;
