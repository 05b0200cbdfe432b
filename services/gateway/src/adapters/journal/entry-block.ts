import { endianness } from 'node:os';
import { viewOf } from './checksum';
import { HEAD_BYTES, writeHead } from './segment-file';

/** The tag of a field with a number in it, as Protobuf has it. */
export const numberTag = (field: number): number => field << 3;
/** … with bytes in it: a text, a message, or a list of numbers. */
export const bytesTag = (field: number): number => (field << 3) | 2;

const BLOCK_BYTES = 64 * 1024;
/** A block that grew beyond it is given back when it is empty. */
const KEPT_BYTES_MAX = 1024 * 1024;
const VARINT_BYTES_MAX = 10;
/** Longer texts are left to the engine. */
const SHORT_TEXT_MAX = 64;

/** A number of 64 bits, and its halves as the machine has them. */
const INT64 = new BigInt64Array(1);
const HALVES = new Uint32Array(INT64.buffer);
const [LOW, HIGH] = endianness() === 'LE' ? [0, 1] : [1, 0];
/** Of 2^53 - 1: with it at the most, and any lower half, a number is safe. */
const HIGH_OF_SAFE = 0x1f_ffff;

/**
 * Entries as frames, written field by field into one buffer: messages of Protobuf as generated code writes them, without an
 * object for each message and bytes of its own for each entry. Fields are written in the order of their numbers, and `tag` is that of
 * the field with its wire type.
 */
export class EntryBlock {
  private bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private view = viewOf(this.bytes);
  private at = 0;

  /** The end of what is written. */
  get size(): number {
    return this.at;
  }

  /** What is written, and more behind it. Good until something is written. */
  get all(): Buffer {
    return this.bytes;
  }

  /** Of what is written: in memory of its own, since a piece of what others share would keep all of that. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.at);
    copy.set(this.bytes.subarray(0, this.at));
    return copy;
  }

  /** Forgets what is behind a place. */
  cutTo(size: number): void {
    this.at = size;
    if (size === 0 && this.bytes.length > KEPT_BYTES_MAX) this.use(Buffer.allocUnsafeSlow(BLOCK_BYTES));
  }

  /** @returns what `endFrame` needs. */
  beginFrame(): number {
    this.need(HEAD_BYTES);
    this.at += HEAD_BYTES;
    return this.at;
  }

  endFrame(begun: number): void {
    writeHead(this.view, begun, this.at);
  }

  /**
   * A message, or a list of numbers, as a field.
   *
   * @param lengthBytes how many its length will most likely take; with others it is moved.
   * @returns what `end` needs.
   */
  begin(tag: number, lengthBytes: 1 | 2): number {
    this.need(VARINT_BYTES_MAX + lengthBytes);
    this.tag(tag);
    this.at += lengthBytes;
    return this.at;
  }

  /** @returns where the message begins, which may have been moved. */
  end(begun: number, lengthBytes: 1 | 2): number {
    const length = this.at - begun;
    if (lengthBytes === 1 && length <= 0x7f) {
      this.bytes[begun - 1] = length;
      return begun;
    }
    const start = begun - lengthBytes + bytesOfVarint(length);
    if (start !== begun) {
      this.need(VARINT_BYTES_MAX);
      this.bytes.copyWithin(start, begun, this.at);
    }
    this.at = begun - lengthBytes;
    this.put(length);
    this.at += length;
    return start;
  }

  text(tag: number, text: string): void {
    if (text === '') return;
    this.need(VARINT_BYTES_MAX);
    this.tag(tag);
    if (text.length > SHORT_TEXT_MAX || !this.shortText(text)) this.anyText(text);
  }

  /** Fields that were written before, and copied. */
  append(fields: Uint8Array): void {
    this.need(fields.length);
    this.bytes.set(fields, this.at);
    this.at += fields.length;
  }

  flag(tag: number, value: boolean): void {
    if (value) this.number(tag, 1);
  }

  /** At least 0, and whole. */
  number(tag: number, value: number): void {
    this.need(2 * VARINT_BYTES_MAX);
    this.tag(tag);
    this.put(value);
  }

  /** Throws RangeError for what no int64 holds. */
  int64(tag: number, value: bigint): void {
    this.need(VARINT_BYTES_MAX);
    this.tag(tag);
    this.bareInt64(value);
  }

  /** Nothing where it is absent. Errors as `int64`. */
  optionalInt64(tag: number, value: bigint | undefined): void {
    if (value !== undefined) this.int64(tag, value);
  }

  /** Of a list. */
  bareInt64(value: bigint): void {
    this.need(VARINT_BYTES_MAX);
    if (BigInt.asIntN(64, value) !== value) throw new RangeError('a number of the journal is too large');
    // As a number it would take twice as long.
    INT64[0] = value;
    const [low, high] = [HALVES[LOW] as number, HALVES[HIGH] as number];
    if (high <= HIGH_OF_SAFE) return this.put(high * 2 ** 32 + low);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[this.at++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.at++] = Number(rest);
  }

  /** Of a field up to the 2,047th, where there is room for it. */
  private tag(tag: number): void {
    if (tag > 0x7f) this.bytes[this.at++] = (tag & 0x7f) | 0x80;
    this.bytes[this.at++] = tag > 0x7f ? tag >>> 7 : tag;
  }

  /** A varint, where there is room for it. */
  private put(value: number): void {
    if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError('no number that the journal has');
    const { bytes } = this;
    let { at } = this;
    let rest = value;
    // Beyond 31 bits there are no shifts.
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    this.at = at;
  }

  /** False, and nothing is written, where a character is not ASCII. */
  private shortText(text: string): boolean {
    const { length } = text;
    this.need(1 + length);
    const { bytes, at } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at + 1 + index] = code;
    }
    bytes[at] = length;
    this.at = at + 1 + length;
    return true;
  }

  private anyText(text: string): void {
    const length = Buffer.byteLength(text);
    this.need(VARINT_BYTES_MAX + length);
    this.put(length);
    this.at += this.bytes.write(text, this.at);
  }

  private need(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.at + more, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.at));
    this.use(larger);
  }

  private use(bytes: Buffer<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

/** Of a number that is at least 0, and whole. */
export const bytesOfVarint = (value: number): number => {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
};
