import { keyPrefix, type Peppers } from '@gatehouse/access';
import type { ApiKeyId } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import { ApiKeyMint, type MintedKey } from '../../app/api-key/api-key.ports';

/** 256 bits. */
const SECRET_BYTES = 32;

/** Keys of the format that carries a check value, hashed by HMAC-SHA256 under the newest pepper. */
export class PepperedApiKeyMint extends ApiKeyMint {
  constructor(
    private readonly peppers: Peppers,
    private readonly random: Random,
  ) {
    super();
  }

  mint(id: ApiKeyId): MintedKey {
    const { secret, hash, pepperId } = this.peppers.mint(id, this.random.bytes(SECRET_BYTES));
    return { secret, kept: { hash, pepperId, prefix: keyPrefix(secret) } };
  }
}
