import { hashApiKey } from '@gatehouse/access';
import type { ApiKeyId } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import { ApiKeyMint, type MintedKey } from '../../app/api-key/api-key-mint';

/** 256 bits: 43 characters of base64url. */
const SECRET_BYTES = 32;

/** `gh_<26 characters of the id>_<43 characters of the secret>`, hashed by HMAC-SHA256 under the pepper. */
export class HmacApiKeyMint extends ApiKeyMint {
  constructor(
    private readonly pepper: Uint8Array,
    private readonly random: Random,
  ) {
    super();
  }

  mint(id: ApiKeyId): MintedKey {
    const text = Buffer.from(this.random.bytes(SECRET_BYTES)).toString('base64url');
    const secret = `gh_${id.slice('key_'.length)}_${text}`;
    return { secret, hash: hashApiKey(this.pepper, secret).toString('hex') };
  }
}
