import type { IncomingHttpHeaders } from 'node:http';
import { HEAD_BYTES_MAX, HEAD_END, lineEndIn, nameEndIn } from './head-lines';

/** A request as its head says it, but for its body. */
export interface RequestLine {
  readonly method: string;
  /** As it came, query included. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: IncomingHttpHeaders;
}

/** A head with names that are given once each. */
export interface RequestHead extends RequestLine {
  /** Bytes of the body. */
  readonly length: number;
  /** Where in the head the digits of that begin, in bytes. */
  readonly digitsFrom: number;
  /** Where the head ends, in bytes. */
  readonly end: number;
}

const HEADERS_MAX = 100;
const METHOD = 'POST ';
const VERSION = ' HTTP/1.1';
/** As the number is written, and no more than a number holds exactly. */
const LENGTH = /^(0|[1-9][0-9]{0,14})$/;
const BEFORE_LENGTH = /\r\ncontent-length: */i;

/** What says that a body comes otherwise than by its length, or that a connection is not to go on as it is. */
const OTHERWISE: ReadonlySet<string> = new Set([
  ...[
    'transfer-encoding',
    'expect',
    'upgrade',
    'http2-settings',
    'trailer',
    'te',
    'keep-alive',
    'proxy-connection',
  ],
  // Setting it is something else than naming it.
  '__proto__',
]);

/**
 * The head with which these bytes begin, if it is there to its end and says nothing in another way than RFC 9112 would have it:
 * a POST by a path, names of letters once each, values of printable ASCII, one length. Undefined for all else, which is neither refused nor
 * understood here: Node's parser reads it from its first byte, and decides.
 */
export const readRequestHead = (bytes: Buffer): RequestHead | undefined => {
  const end = bytes.indexOf(HEAD_END, 0, 'latin1');
  if (end < 0 || end + HEAD_END.length > HEAD_BYTES_MAX) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const lineEnd = lineEndIn(text, 0);
  const url = targetIn(text, lineEnd);
  const headers = url === undefined ? undefined : headersIn(text, lineEnd + 2);
  if (!headers || headers.host === undefined || !staysOpen(headers)) return undefined;
  const { 'content-length': length = '' } = headers;
  if (!LENGTH.test(length)) return undefined;
  const before = BEFORE_LENGTH.exec(text) as RegExpExecArray;
  return {
    method: 'POST',
    url: url as string,
    headers,
    length: Number(length),
    digitsFrom: before.index + before[0].length,
    end: end + HEAD_END.length,
  };
};

const targetIn = (text: string, lineEnd: number): string | undefined => {
  const end = lineEnd - VERSION.length;
  if (end <= METHOD.length || !text.startsWith(METHOD) || !text.startsWith(VERSION, end)) return undefined;
  if (text.charCodeAt(METHOD.length) !== 0x2f || !isPrintable(text, METHOD.length, end, 0x21))
    return undefined;
  return text.slice(METHOD.length, end);
};

const isPrintable = (text: string, from: number, to: number, lowest: number): boolean => {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code < lowest || code > 0x7e) return false;
  }
  return true;
};

const headersIn = (text: string, from: number): IncomingHttpHeaders | undefined => {
  const headers: Record<string, string> = {};
  let count = 0;
  for (let at = from; at < text.length;) {
    const end = lineEndIn(text, at);
    const colon = nameEndIn(text, at, end);
    if (colon === undefined || !isPrintable(text, colon + 1, end, 0x20)) return undefined;
    const name = text.slice(at, colon).toLowerCase();
    if (headers[name] !== undefined || OTHERWISE.has(name) || ++count > HEADERS_MAX) return undefined;
    headers[name] = text.slice(colon + 1, end).trim();
    at = end + 2;
  }
  return headers;
};

const staysOpen = ({ connection = 'keep-alive' }: IncomingHttpHeaders): boolean =>
  connection.toLowerCase() === 'keep-alive';
