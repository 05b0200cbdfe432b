import { createDecipheriv, type DecipherGCM, type KeyObject } from 'node:crypto';
import { leadsTo } from './origins';
import {
  additionalDataOf,
  CredentialMisdirected,
  CredentialUnreadable,
  type SealedCredential,
  sortedFields,
} from './sealed-credential';

export const CIPHER = 'aes-256-gcm';
export const TAG_BYTES = 16;
const NONCE_BYTES = 12;

/**
 * Decrypts a credential with its data key, to be sent to a URL: microseconds, so that it can be done per request and the
 * plaintext dropped. Nothing is opened for a host that it is not bound to. Errors: CredentialMisdirected,
 * CredentialUnreadable.
 */
export const openCredential = (
  sealed: SealedCredential,
  dataKey: KeyObject,
  url: string,
): Record<string, string> => {
  if (!leadsTo(url, sealed.origins)) throw new CredentialMisdirected();
  const fields = parseFields(decrypt(sealed, dataKey));
  if (!isNamed(fields, sealed.fields)) throw new CredentialUnreadable();
  return fields;
};

/** @param names sorted. */
const isNamed = (fields: Record<string, string>, names: readonly string[]): boolean => {
  const own = sortedFields(fields);
  return own.length === names.length && own.every((name, at) => name === names[at]);
};

const WITH_TAG = { authTagLength: TAG_BYTES };

/** What is encrypted of a credential, and its tag. */
interface Parts {
  readonly encrypted: Uint8Array;
  readonly tag: Uint8Array;
}

/** By what they are of: a gateway opens the same credential for each of its requests. */
const PARTS = new WeakMap<SealedCredential, Parts>();

/** Errors: CredentialUnreadable where it is too short for a tag. */
const partsOf = (sealed: SealedCredential): Parts => {
  const known = PARTS.get(sealed);
  if (known) return known;
  const { ciphertext } = sealed;
  const end = ciphertext.length - TAG_BYTES;
  if (end < 0) throw new CredentialUnreadable();
  const parts = { encrypted: ciphertext.subarray(0, end), tag: ciphertext.subarray(end) };
  PARTS.set(sealed, parts);
  return parts;
};

const decrypt = (sealed: SealedCredential, dataKey: KeyObject): Buffer => {
  const { nonce } = sealed;
  if (nonce.length !== NONCE_BYTES) throw new CredentialUnreadable();
  const { encrypted, tag } = partsOf(sealed);
  try {
    const decipher = createDecipheriv(CIPHER, dataKey, nonce, WITH_TAG);
    decipher.setAAD(additionalDataOf(sealed));
    decipher.setAuthTag(tag);
    const plaintext = decipher.update(encrypted);
    assertGenuine(decipher, plaintext);
    return plaintext;
  } catch {
    // The cause is left out: it may quote what was decrypted.
    throw new CredentialUnreadable();
  }
};

/** Nothing stays of what was decrypted before it was found to be forged. This mode has nothing to add at its end. */
const assertGenuine = (decipher: DecipherGCM, plaintext: Buffer): void => {
  try {
    decipher.final();
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
};

const parseFields = (plaintext: Buffer): Record<string, string> => {
  try {
    return JSON.parse(plaintext.toString('utf8')) as Record<string, string>;
  } catch {
    throw new CredentialUnreadable();
  } finally {
    plaintext.fill(0);
  }
};
