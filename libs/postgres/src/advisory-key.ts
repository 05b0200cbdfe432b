import { createHash } from 'node:crypto';

/** A 64-bit number for advisory locks, from a name: 1 in 2^64 that two names share one. */
export const advisoryKey = (name: string): bigint =>
  createHash('sha256').update(name, 'utf8').digest().readBigInt64BE(0);
