import { isIP } from 'node:net';
import type { LookupAll } from '../host-guard';

const NOT_FOUND = Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });

/** A resolver that knows one set of addresses for every name; without any it finds nothing. */
export const fixedLookup = (addresses: readonly string[] = []): LookupAll => rebindingLookup([addresses]);

/** A resolver whose answers change: each is given once, the last for ever. */
export const rebindingLookup = (answers: readonly (readonly string[])[]): LookupAll => {
  let asked = 0;
  return (_hostname, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    const found = addresses.map((address) => ({ address, family: isIP(address.split('%')[0] ?? '') }));
    // As the real one: never before it returns.
    setImmediate(() => (found.length > 0 ? callback(null, found) : callback(NOT_FOUND, [])));
  };
};
