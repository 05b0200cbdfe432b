import { isCredentialHeader, isHeaderValue } from '@gatehouse/kernel';
import { credentialMalformed } from './auth-errors';
import type { Headers } from './outgoing-request';

/** One line of printable ASCII without spaces: keys and tokens. */
const KEY = /^[\x21-\x7e]+$/;

/** A secret that a header can hold. A line break in it would be a second header. */
export const keyIn = (field: string, key: string): string => {
  if (!KEY.test(key)) throw credentialMalformed(field);
  return key;
};

export const bearer = (key: string): Headers => ({ authorization: `Bearer ${keyIn('key', key)}` });

/** @param scheme stands before the key. */
export const keyInHeader = (header: string, key: string, scheme?: string): Headers => {
  const value = keyIn('key', key);
  return customHeaders({ [header]: scheme === undefined ? value : `${scheme} ${value}` });
};

/** Errors: INVALID for a name or a value that may not be sent. A name that is there twice, but for its case, is malformed too. */
export const customHeaders = (given: Readonly<Record<string, string>>): Headers => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (!isCredentialHeader(lower) || lower in headers || !isHeaderValue(value))
      throw credentialMalformed('headers');
    headers[lower] = value;
  }
  return headers;
};
