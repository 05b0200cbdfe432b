import { createDecipheriv, type KeyObject } from 'node:crypto';
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
  if (sortedFields(fields).join('\0') !== sealed.fields.join('\0')) throw new CredentialUnreadable();
  return fields;
};

const decrypt = (sealed: SealedCredential, dataKey: KeyObject): Buffer => {
  const { ciphertext, nonce } = sealed;
  if (ciphertext.length < TAG_BYTES || nonce.length !== NONCE_BYTES) throw new CredentialUnreadable();
  try {
    const decipher = createDecipheriv(CIPHER, dataKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalDataOf(sealed));
    decipher.setAuthTag(ciphertext.subarray(ciphertext.length - TAG_BYTES));
    const head = decipher.update(ciphertext.subarray(0, ciphertext.length - TAG_BYTES));
    return Buffer.concat([head, decipher.final()]);
  } catch {
    // The cause is left out: it may quote what was decrypted.
    throw new CredentialUnreadable();
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
