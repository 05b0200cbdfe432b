import { hkdfSync } from 'node:crypto';

/** 32 bytes that derive from a secret for one purpose (HKDF-SHA256): who has one tells neither the secret nor another. */
export const subkey = (secret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, 32));
