import { lineEndIn, nameEndIn } from '../http/head-lines';
import type { HeardHeaders } from './heard-headers';

/** How far a body goes: as many bytes as were named, to the last chunk, or until the connection ends. */
export type AnswerFraming = 'none' | 'length' | 'chunks' | 'untilEnd';

export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** What a provider says before the body of its answer. */
export interface AnswerHead {
  /** 100 to 999. */
  readonly status: number;
  /** Of those that are heard, by names in lower case; what is said several times, as it was first. */
  readonly headers: AnswerHeaders;
  readonly framing: AnswerFraming;
  /** Bytes of the body where that is framed by them, else 0. */
  readonly length: number;
  /** Milliseconds for which the connection may be kept once the body is whole; 0 where it may not. */
  readonly keptMs: number;
}

/** Of a provider that does not say how long: servers wait for five seconds and longer. */
const KEPT_MS = 4_000;
const KEPT_MS_MAX = 600_000;
/** What a connection is kept less than its server says. */
const KEPT_LESS_MS = 2_000;

const VERSION = 'HTTP/1.';
const STATUS_AT = 9;
const STATUS_END = 12;
/** Lines without controls that end in CR LF; a CR at the very end may be half of one. */
const LINES = /^[\t\x20-\x7e\x80-\xff]*(?:\r\n[\t\x20-\x7e\x80-\xff]*)*\r?$/;
const LENGTH = /^[0-9]{1,15}$/;
/** What may be said once: two framings are two answers, depending on who reads. */
const ONCE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const CLOSES = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const KEEPS = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i;
const KEPT_FOR = /timeout=([0-9]{1,9})/i;

/** Whether the beginning of a head cannot become one, whatever follows. */
export const isNoHead = (text: string): boolean =>
  !LINES.test(text) || text.slice(0, VERSION.length) !== VERSION.slice(0, text.length);

/**
 * A head without the empty line that ends it. Undefined for what RFC 9112 does not have, for folded lines, and for what two readers may
 * frame otherwise: a length that is given twice or beside chunks, another transfer encoding than chunks, or one of HTTP/1.0.
 */
export const readAnswerHead = (text: string, heard: HeardHeaders): AnswerHead | undefined => {
  const lineEnd = lineEndIn(text, 0);
  const status = isNoHead(text) || text.endsWith('\r') ? undefined : statusIn(text, lineEnd);
  const headers = status === undefined ? undefined : headersIn(text, lineEnd + 2, heard);
  if (status === undefined || !headers) return undefined;
  const isLatest = text.charCodeAt(VERSION.length) === 0x31;
  const framed = framingOf(status, headers, isLatest);
  if (!framed) return undefined;
  const { framing, length } = framed;
  return { status, headers, framing, length, keptMs: keptMsOf(headers, framing, isLatest) };
};

const statusIn = (text: string, lineEnd: number): number | undefined => {
  const minor = text.charCodeAt(VERSION.length);
  if (lineEnd < STATUS_END || (minor !== 0x31 && minor !== 0x30) || text[STATUS_AT - 1] !== ' ')
    return undefined;
  if (lineEnd > STATUS_END && text[STATUS_END] !== ' ') return undefined;
  let status = 0;
  for (let at = STATUS_AT; at < STATUS_END; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    status = status * 10 + digit;
  }
  return status >= 100 ? status : undefined;
};

const headersIn = (text: string, from: number, heard: HeardHeaders): Record<string, string> | undefined => {
  const headers: Record<string, string> = {};
  for (let at = from; at < text.length;) {
    const end = lineEndIn(text, at);
    const colon = nameEndIn(text, at, end);
    if (colon === undefined) return undefined;
    const name = heard.nameAt(text, at, colon);
    at = end + 2;
    if (name === undefined) continue;
    const said = headers[name];
    if (said === undefined) headers[name] = valueIn(text, colon + 1, end);
    else if (ONCE.has(name)) return undefined;
    else if (name === 'connection') headers[name] = `${said},${valueIn(text, colon + 1, end)}`;
  }
  return headers;
};

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;

const valueIn = (text: string, from: number, to: number): string => {
  let [start, end] = [from, to];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
};

type Framed = Pick<AnswerHead, 'framing' | 'length'>;
const NO_BODY: Framed = { framing: 'none', length: 0 };
const IN_CHUNKS: Framed = { framing: 'chunks', length: 0 };
const UNTIL_END: Framed = { framing: 'untilEnd', length: 0 };

const framingOf = (
  status: number,
  { 'content-length': length, 'transfer-encoding': encoding }: AnswerHeaders,
  isLatest: boolean,
): Framed | undefined => {
  if (length !== undefined && !LENGTH.test(length)) return undefined;
  if (encoding !== undefined && (length !== undefined || !isLatest || encoding.toLowerCase() !== 'chunked'))
    return undefined;
  if (status < 200 || status === 204 || status === 304) return NO_BODY;
  if (encoding !== undefined) return IN_CHUNKS;
  return length === undefined ? UNTIL_END : { framing: 'length', length: Number(length) };
};

const keptMsOf = (
  { connection, 'keep-alive': keptFor }: AnswerHeaders,
  framing: AnswerFraming,
  isLatest: boolean,
): number => {
  if (framing === 'untilEnd' || (connection !== undefined && CLOSES.test(connection))) return 0;
  if (!isLatest && (connection === undefined || !KEEPS.test(connection))) return 0;
  const [, seconds] = keptFor === undefined ? [] : (KEPT_FOR.exec(keptFor) ?? []);
  if (seconds === undefined) return KEPT_MS;
  return Math.min(Math.max(Number(seconds) * 1_000 - KEPT_LESS_MS, 0), KEPT_MS_MAX);
};
