import { ApiKeyFormat, hashApiKey } from '@gatehouse/access';
import type { ApiKeyId } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import { ApiKeyMint, type MintedKey } from '../../app/api-key/api-key.ports';

/** 256 bits. */
const SECRET_BYTES = 32;

/** Keys of the format that carries a check value, hashed by HMAC-SHA256 under the pepper. */
export class HmacApiKeyMint extends ApiKeyMint {
  private readonly format: ApiKeyFormat;

  constructor(
    private readonly pepper: Uint8Array,
    private readonly random: Random,
  ) {
    super();
    this.format = new ApiKeyFormat(pepper);
  }

  mint(id: ApiKeyId): MintedKey {
    const secret = this.format.compose(id, this.random.bytes(SECRET_BYTES));
    return { secret, hash: hashApiKey(this.pepper, secret).toString('hex') };
  }
}
