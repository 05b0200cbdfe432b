import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { RandomBytes } from './hpke-sealing';
import { CIPHER, TAG_BYTES } from './open-credential';
import { CredentialUnreadable } from './sealed-credential';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/**
 * Keeps in memory what must stay there for minutes (tokens, values of references) unreadable in place: under keys that
 * this process made for itself, which are key objects and are never written down. Microseconds: to be opened per use.
 */
export class ProcessSeal {
  private readonly sealingKey: KeyObject;
  private readonly namingKey: KeyObject;

  constructor(private readonly random: RandomBytes = randomBytes) {
    this.sealingKey = newKey(random);
    this.namingKey = newKey(random);
  }

  /** @param context what the secret is kept as; it opens as nothing else. */
  seal(secret: string, context: string): Uint8Array {
    const nonce = this.random(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.sealingKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context, 'utf8'));
    return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** Errors: CredentialUnreadable, for another context or another process's bytes. */
  open(sealed: Uint8Array, context: string): string {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new CredentialUnreadable();
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.sealingKey, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(sealed.subarray(end));
    try {
      const head = decipher.update(sealed.subarray(NONCE_BYTES, end));
      return Buffer.concat([head, decipher.final()]).toString('utf8');
    } catch {
      throw new CredentialUnreadable();
    }
  }

  /** The same for the same parts, within this process; tells nothing of them to who does not have its key. */
  nameOf(...parts: readonly string[]): string {
    return createHmac('sha256', this.namingKey).update(JSON.stringify(parts)).digest('base64url');
  }
}

const newKey = (random: RandomBytes): KeyObject => {
  const bytes = Buffer.from(random(KEY_BYTES));
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
};
