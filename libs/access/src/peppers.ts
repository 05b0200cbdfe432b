import { createHmac, hash } from 'node:crypto';
import type { ApiKeyId } from '@gatehouse/kernel';
import { type ApiKeyForm, ApiKeyFormat } from './api-key-format';
import { hashApiKey } from './api-key-hash';

/** A new key, and what is kept of it. */
export interface PepperedKey {
  /** The key itself. */
  readonly secret: string;
  /** In hex. */
  readonly hash: string;
  /** The pepper under which it is known, by its id. */
  readonly pepperId: string;
}

/** A presented key as far as its form tells. */
export interface PresentedKey {
  readonly form: Exclude<ApiKeyForm, 'foreign'>;
  /** In hex: under the pepper of its check value; under each where it has none. */
  readonly hashes: readonly string[];
}

/** No more keys than that are remembered; a key that is not is judged again. */
const REMEMBERED_MAX = 16_384;

interface Pepper {
  readonly bytes: Uint8Array;
  readonly format: ApiKeyFormat;
}

/**
 * The peppers of an installation, the newest first: that one is for new keys, and keys under the others go on working until
 * their pepper is taken away.
 */
export class Peppers {
  private readonly peppers: readonly Pepper[];
  private readonly newest: Pepper;
  /** Those that were issued here, by a hash that does not tell them: what a key is does not change, and it comes with every request. */
  private readonly recognized = new Map<string, PresentedKey>();

  /** @param peppers 32 bytes each, at least one. */
  constructor(peppers: readonly Uint8Array[]) {
    this.peppers = peppers.map((bytes) => ({ bytes, format: new ApiKeyFormat(bytes) }));
    const [newest] = this.peppers;
    if (newest === undefined) throw new RangeError('no pepper');
    this.newest = newest;
  }

  /** @param random 32 bytes that nobody can guess. */
  mint(id: ApiKeyId, random: Uint8Array): PepperedKey {
    const { format, bytes } = this.newest;
    const secret = format.compose(id, random);
    return { secret, hash: hashApiKey(bytes, secret).toString('hex'), pepperId: pepperIdOf(bytes) };
  }

  /** Undefined for what was never issued here. */
  recognize(key: string): PresentedKey | undefined {
    const name = hash('sha256', key, 'base64');
    const known = this.recognized.get(name);
    if (known) return known;
    const presented = this.judge(key);
    // Whoever makes up keys cannot make up their check values, and so nobody fills this.
    if (presented?.form !== 'checked') return presented;
    if (this.recognized.size >= REMEMBERED_MAX) this.recognized.clear();
    this.recognized.set(name, presented);
    return presented;
  }

  private judge(key: string): PresentedKey | undefined {
    const forms = this.peppers.map(({ format }) => format.formOf(key));
    const checked = forms.indexOf('checked');
    const of = checked >= 0 ? this.peppers.slice(checked, checked + 1) : this.peppers;
    const form = checked >= 0 ? 'checked' : forms[0];
    if (form === undefined || form === 'foreign') return undefined;
    return { form, hashes: of.map(({ bytes }) => hashApiKey(bytes, key).toString('hex')) };
  }
}

/** The name of a pepper: `kp_` and 16 hex digits of a hash that is keyed by it. No secret. */
export const pepperIdOf = (pepper: Uint8Array): string =>
  `kp_${createHmac('sha256', pepper).update('gatehouse.key-pepper.v1').digest('hex').slice(0, 16)}`;
