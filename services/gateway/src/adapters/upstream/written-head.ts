/** Of a base URL, what the head of each request says of it. */
export interface RequestTarget {
  /** As a `host` header has it. */
  readonly host: string;
  /** Before the path of a request. */
  readonly prefix: string;
}

const PATH = /^\/[\x21-\xff]*$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What frames a request, or says what becomes of its connection, is said here alone. */
const OURS: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade'],
]);

/** Names that were looked at, in lower case; empty for what may not be said. Nearly all are those of dialects and of credentials. */
const LOOKED_AT = new Map<string, string>();
const LOOKED_AT_MAX = 1_024;

const nameOf = (name: string): string => {
  const known = LOOKED_AT.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const sayable = NAME.test(name) && !OURS.has(lower) ? lower : '';
  if (LOOKED_AT.size < LOOKED_AT_MAX) LOOKED_AT.set(name, sayable);
  return sayable;
};

/**
 * The head of a POST, with the empty line that ends it: one byte a letter. Undefined where a name or a value has what would end its line, or
 * the head says what is not its to say: nothing of it may leave.
 */
export const writtenHead = (
  { host, prefix }: RequestTarget,
  path: string,
  headers: Readonly<Record<string, string>>,
  bodyBytes: number,
): string | undefined => {
  if (!PATH.test(prefix + path)) return undefined;
  let [lines, called] = ['', host];
  for (const name of Object.keys(headers)) {
    const value = headers[name] as string;
    const lower = nameOf(name);
    if (lower === '' || !VALUE.test(value)) return undefined;
    if (lower === 'host') called = value;
    else lines += `${name}: ${value}\r\n`;
  }
  return `POST ${prefix}${path} HTTP/1.1\r\nhost: ${called}\r\nconnection: keep-alive\r\n${lines}content-length: ${bodyBytes}\r\n\r\n`;
};
