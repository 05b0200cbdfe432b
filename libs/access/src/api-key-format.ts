import { createHmac, timingSafeEqual } from 'node:crypto';
import { type ApiKeyId, subkey } from '@gatehouse/kernel';

/**
 * What a key's form tells before anybody looks it up. `checked`: its check value is right, so this installation has
 * issued it. `unchecked`: of the older form, which has none. `foreign`: never issued here.
 */
export type ApiKeyForm = 'checked' | 'unchecked' | 'foreign';

/** Of `gh_` and the id all, and of the secret 24 bits: enough to tell two secrets of a key apart, and 232 bits to guess. */
const PREFIX_LENGTH = 'gh_'.length + 26 + '_'.length + 4;

/** What a key may be told by where it must not be shown. */
export const keyPrefix = (key: string): string => key.slice(0, PREFIX_LENGTH);

/** 72 bits: 12 characters of base64url. */
const CHECK_BYTES = 9;

const KEY = /^(gh_[0-9a-z]{26}_[\w-]{43})(?:_([\w-]{12}))?$/;

/**
 * `gh_<26 characters of the id>_<43 characters of the secret>_<12 characters of check value>`. The check value is an
 * HMAC of all that stands before it, under a key that derives from the installation's pepper.
 */
export class ApiKeyFormat {
  private readonly checkKey: Uint8Array;

  /** @param pepper 32 bytes. */
  constructor(pepper: Uint8Array) {
    this.checkKey = subkey(pepper, 'gatehouse key check');
  }

  /** A whole key. @param secret 32 bytes that nobody can guess. */
  compose(id: ApiKeyId, secret: Uint8Array): string {
    const body = `gh_${id.slice('key_'.length)}_${Buffer.from(secret).toString('base64url')}`;
    return `${body}_${this.checkOf(body)}`;
  }

  formOf(key: string): ApiKeyForm {
    const [, body, check] = KEY.exec(key) ?? [];
    if (body === undefined) return 'foreign';
    if (check === undefined) return 'unchecked';
    return timingSafeEqual(Buffer.from(check), Buffer.from(this.checkOf(body))) ? 'checked' : 'foreign';
  }

  private checkOf(body: string): string {
    const mac = createHmac('sha256', this.checkKey).update(body).digest();
    return mac.subarray(0, CHECK_BYTES).toString('base64url');
  }
}
