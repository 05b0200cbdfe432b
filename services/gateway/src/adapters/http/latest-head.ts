import { hash } from 'node:crypto';
import { HEAD_BYTES_MAX, HEAD_END } from './head-lines';
import { readRequestHead, type RequestHead, type RequestLine } from './request-head';

/** What begins with a head that was read. */
export interface SaidByHead<Said> {
  readonly said: Said;
  /** Bytes of the body. */
  readonly length: number;
  /** Where the head ends, in bytes. */
  readonly end: number;
}

/** All of a head but the digits of its length, side by side: one for all connections of a thread. */
const BESIDE_LENGTH = Buffer.allocUnsafeSlow(HEAD_BYTES_MAX);
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
/** Of a number that is held exactly. */
const DIGITS_MAX = 15;
/** Who says something else each time, as traces do, is not compared any more. */
const OTHERS_MAX = 4;

/**
 * Heads as they come on one connection. Most say what the one before them said, but for the length of the body: what is to be known of them is
 * kept. Of the head itself there is a digest, for a key is in it.
 */
export class LatestHead<Said> {
  private said: Said | undefined;
  /** Heads that said something else than the one before them. */
  private others = 0;
  private digest = '';
  /** Bytes of it, and where in it the digits of its length are. */
  private end = 0;
  private digitsFrom = 0;
  private digitsTo = 0;

  /** @param sayOf what is to be known of a head. It is kept, so it holds nothing that is to be forgotten; undefined: it is nobody's. */
  constructor(private readonly sayOf: (line: RequestLine) => Said | undefined) {}

  /** Undefined where bytes do not begin with a head that `readRequestHead` understands, and where it is nobody's. */
  read(bytes: Buffer): SaidByHead<Said> | undefined {
    return this.again(bytes) ?? this.readAnew(bytes);
  }

  private again(bytes: Buffer): SaidByHead<Said> | undefined {
    const { said, digitsFrom } = this;
    if (said === undefined) return undefined;
    const digitsTo = digitsEndIn(bytes, digitsFrom);
    // What is behind them is as long as it was, if it is the same.
    const end = this.end + digitsTo - this.digitsTo;
    const length = lengthIn(bytes, digitsFrom, digitsTo);
    if (
      length === undefined ||
      !endsAt(bytes, end) ||
      digestBeside(bytes, digitsFrom, digitsTo, end) !== this.digest
    ) {
      this.others++;
      return undefined;
    }
    return { said, length, end: end + HEAD_END.length };
  }

  private readAnew(bytes: Buffer): SaidByHead<Said> | undefined {
    const head = readRequestHead(bytes);
    const said = head && this.sayOf(head);
    if (!head || said === undefined) return undefined;
    this.said = undefined;
    if (this.others < OTHERS_MAX) this.keep(said, head, bytes);
    return { said, length: head.length, end: head.end };
  }

  private keep(said: Said, { length, digitsFrom, end }: RequestHead, bytes: Buffer): void {
    this.said = said;
    this.end = end - HEAD_END.length;
    this.digitsFrom = digitsFrom;
    this.digitsTo = digitsFrom + String(length).length;
    this.digest = digestBeside(bytes, digitsFrom, this.digitsTo, this.end);
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

const digitsEndIn = (bytes: Buffer, from: number): number => {
  let at = from;
  while (isDigit(bytes[at])) at++;
  return at;
};

/** Whether a head of no more than is taken may end there. */
const endsAt = (bytes: Buffer, end: number): boolean =>
  end + HEAD_END.length <= HEAD_BYTES_MAX &&
  bytes[end] === CR &&
  bytes[end + 1] === LF &&
  bytes[end + 2] === CR &&
  bytes[end + 3] === LF;

/** Of digits, as the number is written; undefined for what is none. */
const lengthIn = (bytes: Buffer, from: number, to: number): number | undefined => {
  const digits = to - from;
  if (digits < 1 || digits > DIGITS_MAX || (digits > 1 && bytes[from] === ZERO)) return undefined;
  let length = 0;
  for (let at = from; at < to; at++) length = length * 10 + (bytes[at] as number) - ZERO;
  return length;
};

const digestBeside = (bytes: Buffer, digitsFrom: number, digitsTo: number, end: number): string => {
  bytes.copy(BESIDE_LENGTH, 0, 0, digitsFrom);
  const rest = bytes.copy(BESIDE_LENGTH, digitsFrom, digitsTo, end);
  return hash('sha256', BESIDE_LENGTH.subarray(0, digitsFrom + rest), 'base64');
};
