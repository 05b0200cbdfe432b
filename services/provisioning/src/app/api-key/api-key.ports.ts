import type { ApiKeyId } from '@gatehouse/kernel';

/** A new key: what its holder is told once, and what is kept of it. */
export interface MintedKey {
  readonly secret: string;
  /** In hex. */
  readonly hash: string;
  /** The pepper under which it is hashed, by its id. */
  readonly pepperId: string;
}

/** Makes keys that nobody can guess, and their keyed hashes. */
export abstract class ApiKeyMint {
  abstract mint(id: ApiKeyId): MintedKey;
}
