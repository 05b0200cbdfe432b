import type { ApiKeyId, OrganizationId } from '@gatehouse/kernel';
import type { KeySecret } from '../../domain/api-key/api-key.events';

/** A new key: what its holder is told once, and what is kept of it. */
export interface MintedKey {
  readonly secret: string;
  readonly kept: KeySecret;
}

/** Makes keys that nobody can guess, and their keyed hashes. */
export abstract class ApiKeyMint {
  abstract mint(id: ApiKeyId): MintedKey;
}

/** The minute in which a key last called a model, as far as anybody knows. */
export type LastUse = Date | 'never' | 'unknown';

/** When keys last called, by metering. */
export abstract class KeyUses {
  /** Of those of the keys that ever called; undefined where it cannot be asked. Never throws. */
  abstract lastOf(
    organizationId: OrganizationId,
    apiKeyIds: readonly ApiKeyId[],
  ): Promise<ReadonlyMap<ApiKeyId, Date> | undefined>;
}
