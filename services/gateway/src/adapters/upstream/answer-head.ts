import { isOfName } from '../http/head-lines';
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
  /** Where it begins that follows. */
  readonly end: number;
}

/** Of a provider that does not say how long: servers wait for five seconds and longer. */
const KEPT_MS = 4_000;
const KEPT_MS_MAX = 600_000;
/** What a connection is kept less than its server says. */
const KEPT_LESS_MS = 2_000;

const VERSION = 'HTTP/1.';
/** From the beginning of a head. */
const STATUS_AT = 9;
const STATUS_END = 12;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
/** 1 for what may stand in a line. */
const IN_LINES = new Uint8Array(256).fill(1, SPACE);
IN_LINES[TAB] = 1;
IN_LINES[0x7f] = 0;
const LENGTH = /^[0-9]{1,15}$/;
/** What may be said once: two framings are two answers, depending on who reads. */
const ONCE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const CLOSES = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const KEEPS = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i;
const KEPT_FOR = /timeout=([0-9]{1,9})/i;

/** What is told of a line, or of a head, in the place of where it ends. */
const UNFINISHED = -1;
const REFUSED = -2;

/**
 * The head that begins at a place. `unfinished` where more of it is to come; `refused` for what RFC 9112 does not have, for folded lines, and for
 * what two readers may frame otherwise: a length that is given twice or beside chunks, another transfer encoding than chunks, or one of HTTP/1.0.
 *
 * @param to where the bytes end that have come.
 */
export const readAnswerHead = (
  bytes: Buffer,
  from: number,
  to: number,
  heard: HeardHeaders,
): AnswerHead | 'unfinished' | 'refused' => {
  const lineEnd = beginsAsHead(bytes, from, to) ? lineEndIn(bytes, from, to) : REFUSED;
  const status = lineEnd < 0 ? undefined : statusIn(bytes, from, lineEnd);
  if (status === undefined) return lineEnd === UNFINISHED ? 'unfinished' : 'refused';
  const headers: Record<string, string> = {};
  const last = readHeaders(bytes, lineEnd + 2, to, { headers, heard });
  if (last < 0) return last === UNFINISHED ? 'unfinished' : 'refused';
  const isLatest = bytes[from + VERSION.length] === 0x31;
  const framed = framingOf(status, headers, isLatest);
  if (!framed) return 'refused';
  const { framing, length } = framed;
  const keptMs = keptMsOf(headers, framing, isLatest);
  return { status, headers, framing, length, keptMs, end: last + 2 };
};

const beginsAsHead = (bytes: Buffer, from: number, to: number): boolean => {
  const length = Math.min(VERSION.length, to - from);
  for (let at = 0; at < length; at++) if (bytes[from + at] !== VERSION.charCodeAt(at)) return false;
  return true;
};

/** Where the line ends that begins at a place, without controls and in CR LF; `UNFINISHED`, or `REFUSED`. */
const lineEndIn = (bytes: Buffer, from: number, to: number): number => {
  let at = from;
  while (at < to && IN_LINES[bytes[at] as number] === 1) at++;
  if (at === to) return UNFINISHED;
  if (bytes[at] !== CR) return REFUSED;
  if (at + 1 === to) return UNFINISHED;
  return bytes[at + 1] === LF ? at : REFUSED;
};

const statusIn = (bytes: Buffer, from: number, lineEnd: number): number | undefined => {
  const minor = bytes[from + VERSION.length];
  const end = from + STATUS_END;
  if (lineEnd < end || (minor !== 0x31 && minor !== 0x30) || bytes[from + STATUS_AT - 1] !== SPACE)
    return undefined;
  if (lineEnd > end && bytes[end] !== SPACE) return undefined;
  let status = 0;
  for (let at = from + STATUS_AT; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    status = status * 10 + digit;
  }
  return status >= 100 ? status : undefined;
};

interface Hearing {
  readonly headers: Record<string, string>;
  readonly heard: HeardHeaders;
}

/** Line by line, of which only what is heard becomes text. Answers where the empty line is that ends them; `UNFINISHED`, or `REFUSED`. */
const readHeaders = (bytes: Buffer, from: number, to: number, hearing: Hearing): number => {
  for (let at = from; ;) {
    const end = lineEndIn(bytes, at, to);
    if (end < 0 || end === at) return end;
    if (!readHeader(bytes, at, end, hearing)) return REFUSED;
    at = end + 2;
  }
};

/** False for what has no name before a colon, and for what may be said once and is said again. */
const readHeader = (bytes: Buffer, from: number, end: number, { headers, heard }: Hearing): boolean => {
  let colon = from;
  while (isOfName(bytes[colon] as number)) colon++;
  if (colon === from || bytes[colon] !== COLON) return false;
  const name = heard.nameAt(bytes, from, colon);
  if (name === undefined) return true;
  const said = headers[name];
  if (said === undefined) headers[name] = valueIn(bytes, colon + 1, end);
  else if (ONCE.has(name)) return false;
  else if (name === 'connection') headers[name] = `${said},${valueIn(bytes, colon + 1, end)}`;
  return true;
};

const isSpace = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

const valueIn = (bytes: Buffer, from: number, to: number): string => {
  let [start, end] = [from, to];
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return bytes.toString('latin1', start, end);
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
