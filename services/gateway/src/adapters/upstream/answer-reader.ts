import { HEAD_BYTES_MAX, HEAD_END } from '../http/head-lines';
import { type AnswerFraming, type AnswerHeaders, readAnswerHead } from './answer-head';
import type { HeardHeaders } from './heard-headers';

/** Hears an answer as it is read: its head, then its body in pieces that are its own. */
export interface AnswerHearer {
  onHead(status: number, headers: AnswerHeaders): void;
  onData(chunk: Buffer): void;
}

/** Where in a body of chunks reading stands. */
type ChunkPlace =
  | 'size'
  | 'extension'
  | 'sizeLf'
  | 'data'
  | 'dataCr'
  | 'dataLf'
  | 'trailerStart'
  | 'trailer'
  | 'trailerLf'
  | 'lastLf';

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const SWITCHING_PROTOCOLS = 101;
/** Times 16 it is still exact. */
const CHUNK_BYTES_MAX = Number.MAX_SAFE_INTEGER / 16 - 1;

/**
 * Reads the answers of one connection, one after the other. What a read brings of a body, chunks or not, is handed on as one piece, copied
 * out of the read's buffer. What is not HTTP/1.1 as RFC 9112 has it is refused, and what came before it was heard.
 */
export class AnswerReader {
  state: 'head' | 'body' | 'whole' | 'refused' = 'whole';
  /** A byte of it came. */
  begun = false;
  /** Milliseconds for which the connection may be kept once the answer is whole; 0 where it may not. */
  keptMs = 0;
  private hearer: AnswerHearer | undefined;
  /** Of a head that has not come to its end. */
  private pending: Buffer | undefined;
  private framing: AnswerFraming = 'none';
  /** Bytes that lack, of the body or of its chunk. */
  private left = 0;
  private place: ChunkPlace = 'size';
  /** Of a chunk's size. */
  private digits = 0;
  /** Of what is not read behind a chunk's size, or behind the last chunk. */
  private idleBytes = 0;

  constructor(private readonly heard: HeardHeaders) {}

  begin(hearer: AnswerHearer): void {
    this.hearer = hearer;
    this.state = 'head';
    this.begun = false;
    this.keptMs = 0;
    this.pending = undefined;
  }

  /** Nobody is told any more. */
  forget(): void {
    this.hearer = undefined;
  }

  /**
   * @param buffer may be written over when this returns, and by this.
   * @param length what of it was read, from its beginning.
   */
  feed(buffer: Buffer, length: number): void {
    this.begun = true;
    let [bytes, end, at] = [buffer, length, 0];
    if (this.pending) {
      bytes = Buffer.concat([this.pending, bytes.subarray(0, end)]);
      end = bytes.length;
      this.pending = undefined;
    }
    while (this.state === 'head' && at < end) at = this.readHead(bytes, at, end);
    if (this.state === 'body')
      at = this.framing === 'chunks' ? this.readChunks(bytes, at, end) : this.readBytes(bytes, at, end);
    // Whoever says more than was asked is not asked again.
    if (at < end) this.keptMs = 0;
  }

  /** Nothing more comes. Answers whether the answer is whole by that. */
  finish(): boolean {
    if (this.state === 'body' && this.framing === 'untilEnd') this.state = 'whole';
    return this.state === 'whole';
  }

  /** Answers where the body begins, or the next head. */
  private readHead(bytes: Buffer, from: number, to: number): number {
    const last = from + HEAD_BYTES_MAX + HEAD_END.length;
    const head = readAnswerHead(bytes, from, Math.min(to, last), this.heard);
    if (head === 'unfinished' && to - from <= HEAD_BYTES_MAX) return this.keepHead(bytes, from, to);
    if (typeof head === 'string' || head.status === SWITCHING_PROTOCOLS) {
      this.state = 'refused';
      return to;
    }
    // Answers to come, which are no answer.
    if (head.status >= 200) this.beginBody(head.framing, head.length, head.keptMs);
    if (head.status >= 200) this.hearer?.onHead(head.status, head.headers);
    return head.end;
  }

  private keepHead(bytes: Buffer, from: number, to: number): number {
    this.pending = Buffer.from(bytes.subarray(from, to));
    return to;
  }

  private beginBody(framing: AnswerFraming, length: number, keptMs: number): void {
    this.framing = framing;
    this.left = framing === 'untilEnd' ? Number.POSITIVE_INFINITY : length;
    this.keptMs = keptMs;
    this.place = 'size';
    this.digits = 0;
    this.state = framing === 'none' || (framing === 'length' && length === 0) ? 'whole' : 'body';
  }

  private readBytes(bytes: Buffer, from: number, end: number): number {
    const to = Math.min(from + this.left, end);
    this.left -= to - from;
    if (this.left === 0) this.state = 'whole';
    this.tell(bytes, from, to);
    return to;
  }

  /** What is between the chunks is taken out where they lie, so that they are told as one. */
  private readChunks(bytes: Buffer, from: number, end: number): number {
    let at = from;
    let [dataFrom, dataTo] = [from, from];
    while (at < end && this.state === 'body') {
      if (this.place !== 'data') {
        this.readBetween(bytes[at++] as number);
        continue;
      }
      const to = Math.min(at + this.left, end);
      if (dataFrom === dataTo) dataFrom = dataTo = at;
      else bytes.copyWithin(dataTo, at, to);
      dataTo += to - at;
      this.left -= to - at;
      if (this.left === 0) this.place = 'dataCr';
      at = to;
    }
    this.tell(bytes, dataFrom, dataTo);
    return at;
  }

  /** @param byte of what is no data. */
  private readBetween(byte: number): void {
    switch (this.place) {
      case 'size':
        return this.readSize(byte);
      case 'sizeLf':
        return this.expect(byte, LF, this.left === 0 ? 'trailerStart' : 'data');
      case 'dataCr':
        return this.expect(byte, CR, 'dataLf');
      case 'dataLf':
        return this.expect(byte, LF, 'size');
      case 'extension':
        return this.skip(byte, 'sizeLf');
      case 'trailerStart':
        this.place = 'trailer';
        return this.skip(byte, 'lastLf');
      case 'trailer':
        return this.skip(byte, 'trailerLf');
      case 'trailerLf':
        return this.expect(byte, LF, 'trailerStart');
      case 'lastLf':
        this.state = byte === LF ? 'whole' : 'refused';
        return;
      case 'data':
        return;
    }
  }

  private expect(byte: number, expected: number, then: ChunkPlace): void {
    if (byte !== expected) this.state = 'refused';
    this.place = then;
  }

  private readSize(byte: number): void {
    const digit = hexOf(byte);
    if (digit >= 0 && this.left <= CHUNK_BYTES_MAX) {
      // The chunk before it left nothing.
      this.left = this.left * 16 + digit;
      this.digits++;
      return;
    }
    if (digit >= 0 || this.digits === 0 || (byte !== CR && byte !== SEMICOLON)) this.state = 'refused';
    this.digits = this.idleBytes = 0;
    this.place = byte === CR ? 'sizeLf' : 'extension';
  }

  /** What is not read is not without end. */
  private skip(byte: number, atCr: ChunkPlace): void {
    if (byte === CR) this.place = atCr;
    else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f || ++this.idleBytes > HEAD_BYTES_MAX)
      this.state = 'refused';
  }

  private tell(bytes: Buffer, from: number, to: number): void {
    if (to === from) return;
    const own = Buffer.allocUnsafe(to - from);
    bytes.copy(own, 0, from, to);
    this.hearer?.onData(own);
  }
}

/** -1 for what is no digit. */
const hexOf = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};
