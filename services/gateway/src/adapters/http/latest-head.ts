import { hash } from 'node:crypto';
import { HEAD_BYTES_MAX, HEAD_END } from './head-lines';
import type { KnownHead, KnownHeads } from './known-heads';
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
/** Longer heads are known to their connection alone: what is known of one takes as much memory as it has bytes. */
const KNOWN_BYTES_MAX = 2_048;
/** Who says each time what nobody has said before, as traces do, is compared once in so many heads where many are known. */
const UNCOMPARED_MAX = 16;

/**
 * Heads as they come on one connection. Most say what was said before, on this connection or another, but for the length of the
 * body: what is to be known of them is kept. Of the head itself there is a digest, for a key is in it.
 */
export class LatestHead<Said> {
  private latest: KnownHead<Said> | undefined;
  /** How many heads are not compared after one that nobody knew, and how many of them are to come. */
  private pause = 0;
  private uncompared = 0;

  /** @param sayOf what is to be known of a head. It is kept, so it holds nothing that is to be forgotten; undefined: it is nobody's. */
  constructor(
    private readonly known: KnownHeads<Said>,
    private readonly sayOf: (line: RequestLine) => Said | undefined,
  ) {}

  /** Undefined where bytes do not begin with a head that `readRequestHead` understands, and where it is nobody's. */
  read(bytes: Buffer): SaidByHead<Said> | undefined {
    const compares = this.uncompared === 0;
    if (!compares) this.uncompared--;
    return (compares ? this.again(bytes) : undefined) ?? this.readAnew(bytes, compares);
  }

  private again(bytes: Buffer): SaidByHead<Said> | undefined {
    const { latest } = this;
    if (latest === undefined) return undefined;
    const { digitsFrom, beside } = latest;
    const digitsTo = digitsEndIn(bytes, digitsFrom);
    // What is behind them is as long as it was, if it is the same.
    const end = beside + digitsTo - digitsFrom;
    const length = lengthIn(bytes, digitsFrom, digitsTo);
    const same =
      length !== undefined && endsAt(bytes, end)
        ? this.knownBy(digestBeside(bytes, digitsFrom, digitsTo, end), latest)
        : undefined;
    this.pause = same || !this.known.isCrowded ? 0 : Math.min(2 * this.pause + 1, UNCOMPARED_MAX);
    this.uncompared = this.pause;
    if (!same) return undefined;
    this.latest = same;
    return { said: same.said, length: length as number, end: end + HEAD_END.length };
  }

  private knownBy(digest: string, latest: KnownHead<Said>): KnownHead<Said> | undefined {
    if (digest === latest.digest) return latest;
    const known = this.known.get(digest);
    // Beside digits in another place there may be the same letters.
    return known?.digitsFrom === latest.digitsFrom ? known : undefined;
  }

  private readAnew(bytes: Buffer, keeps: boolean): SaidByHead<Said> | undefined {
    const head = readRequestHead(bytes);
    const said = head && this.sayOf(head);
    if (!head || said === undefined) return undefined;
    if (keeps) this.keep(said, head, bytes);
    return { said, length: head.length, end: head.end };
  }

  private keep(said: Said, { length, digitsFrom, end: behind }: RequestHead, bytes: Buffer): void {
    const end = behind - HEAD_END.length;
    const digits = String(length).length;
    const digest = digestBeside(bytes, digitsFrom, digitsFrom + digits, end);
    this.latest = { said, digest, digitsFrom, beside: end - digits };
    if (end <= KNOWN_BYTES_MAX) this.known.add(this.latest);
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
