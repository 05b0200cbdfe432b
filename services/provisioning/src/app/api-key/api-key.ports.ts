import type { ApiKeyId } from '@gatehouse/kernel';
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
