import { createHmac } from 'node:crypto';
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
