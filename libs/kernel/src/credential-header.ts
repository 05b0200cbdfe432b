const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** One line of printable ASCII, with spaces within at the most. A line break in it would be a second header. */
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

/** Whether a credential may consist of a header of this name, in small letters. */
export const isCredentialHeader = (name: string): boolean =>
  TOKEN.test(name) &&
  name === name.toLowerCase() &&
  name !== '__proto__' &&
  !FORBIDDEN.has(name) &&
  !FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Whether a header can hold it as it is. */
export const isHeaderValue = (value: string): boolean => VALUE.test(value);
