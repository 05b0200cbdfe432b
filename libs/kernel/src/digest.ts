import { createHash } from 'node:crypto';

const MODULUS = 1n << 256n;

/**
 * A digest of a set of records, whatever order they come in: the sum of their SHA-256 digests. Hex; empty for an empty set.
 * Each record is a list of texts of which no two look alike.
 */
export const withRecord = (digest: string, ...record: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const part of record) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  const sum = (BigInt(`0x${digest || '0'}`) + BigInt(`0x${hash.digest('hex')}`)) % MODULUS;
  return sum.toString(16).padStart(64, '0');
};
