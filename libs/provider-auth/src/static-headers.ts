import { credentialMalformed } from './auth-errors';
import type { Headers } from './outgoing-request';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** One line of printable ASCII without spaces: keys and tokens. */
const KEY = /^[\x21-\x7e]+$/;
/** The same with spaces within. */
const VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * Headers that no credential sets: they are the connection's, or frame the body, or are what instance metadata services
 * want to see before they hand out the machine's identity.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'metadata',
  'metadata-flavor',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-aws-ec2-metadata-token',
  'x-aws-ec2-metadata-token-ttl-seconds',
]);
const FORBIDDEN_PREFIXES = ['proxy-', 'x-gatehouse-'];

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
    if (!isAllowedName(lower) || lower in headers || !VALUE.test(value)) throw credentialMalformed('headers');
    headers[lower] = value;
  }
  return headers;
};

const isAllowedName = (name: string): boolean =>
  TOKEN.test(name) &&
  name !== '__proto__' &&
  !FORBIDDEN.has(name) &&
  !FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix));
