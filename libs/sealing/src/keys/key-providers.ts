import { AppError } from '@gatehouse/kernel';
import { CredentialUnreadable } from '../sealed-credential';
import { type IntegrationKey, type IntegrationKeyName, parseIntegrationKeyId } from './integration-key';
import { keyUnknown } from './key-errors';
import type { Destruction, KeyProvider } from './key-provider';

/** The key providers of a gateway: the first makes new keys, the others open and destroy what they made before. */
export class KeyProviders {
  /** @param providers each kind once, at least one. */
  constructor(private readonly providers: readonly [KeyProvider, ...KeyProvider[]]) {}

  create(name: IntegrationKeyName): Promise<IntegrationKey> {
    return this.providers[0].create(name);
  }

  async privateHalf(key: Pick<IntegrationKey, 'keyId' | 'custody'>): Promise<Buffer> {
    const kind = parseIntegrationKeyId(key.keyId)?.kind;
    const provider = this.providers.find((one) => one.kind === kind);
    if (provider === undefined) throw new CredentialUnreadable();
    return provider.privateHalf(key);
  }

  /**
   * Destroys a key at the provider that its id names; where the id was never learned, at whichever has the name. Errors:
   * as the provider; NOT_FOUND `INTEGRATION_KEY_UNKNOWN`.
   */
  async destroy(name: IntegrationKeyName, keyId: string, wasScheduled: boolean): Promise<Destruction> {
    const kind = parseIntegrationKeyId(keyId)?.kind;
    for (const provider of this.providers) {
      if (keyId !== '' && provider.kind !== kind) continue;
      const outcome = await provider.destroy(name, wasScheduled).catch(unlessUnknown);
      if (outcome !== undefined) return outcome;
    }
    throw keyUnknown();
  }
}

const unlessUnknown = (error: unknown): undefined => {
  if (error instanceof AppError && error.reason === 'INTEGRATION_KEY_UNKNOWN') return undefined;
  throw error;
};
