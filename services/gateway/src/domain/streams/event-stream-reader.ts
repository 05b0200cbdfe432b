import { crc32 } from './crc32';

/** Total length, length of the headers, and the sum of the two. */
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const MESSAGE_BYTES_MAX = 1024 * 1024;
const STRING = 7;
/** Bytes of the values of the other types; those of type 6 have a length, as strings do. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BYTE_ARRAY = 6;

/**
 * What a binary event stream of AWS's is made of, in its order. A `part` is of a message that is too large to be read. After
 * `broken`, whose sums or lengths are wrong, nothing can be told: all that follows is `broken`. The raw bytes of all pieces
 * are the stream, byte by byte.
 */
export type EventStreamPiece =
  | { readonly kind: 'message'; readonly message: EventStreamMessage; readonly raw: Buffer }
  | { readonly kind: 'part'; readonly raw: Buffer }
  | { readonly kind: 'broken'; readonly raw: Buffer };

/** One message; its headers are read when they are asked for. */
export class EventStreamMessage {
  private headers: ReadonlyMap<string, string> | undefined;

  constructor(
    private readonly headerBytes: Buffer,
    readonly payload: Buffer,
  ) {}

  /** The value of a header that is a string; empty where there is none. */
  header(name: string): string {
    this.headers ??= stringsIn(this.headerBytes);
    return this.headers.get(name) ?? '';
  }
}

/** Headers that are strings; the others have no meaning in answers of models. */
const stringsIn = (bytes: Buffer): ReadonlyMap<string, string> => {
  const strings = new Map<string, string>();
  let at = 0;
  while (at + 2 <= bytes.length) {
    const nameEnd = at + 1 + bytes[at]!;
    const type = bytes[nameEnd];
    if (type === undefined) break;
    const sized = type === STRING || type === BYTE_ARRAY;
    if (sized && nameEnd + 3 > bytes.length) break;
    const start = nameEnd + (sized ? 3 : 1);
    const end = start + (sized ? bytes.readUInt16BE(nameEnd + 1) : (FIXED_BYTES[type] ?? bytes.length));
    if (type === STRING)
      strings.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', start, end));
    at = end;
  }
  return strings;
};

/** Reads a binary event stream as it comes, however it is cut into chunks. It holds one message and one chunk. */
export class EventStreamReader {
  private rest: Buffer = Buffer.alloc(0);
  /** Bytes of a message too large to be read that are still to come. */
  private skipped = 0;
  private broken = false;

  constructor(private readonly messageBytesMax = MESSAGE_BYTES_MAX) {}

  /** Bytes that are held until the message they belong to is whole. */
  get pendingBytes(): number {
    return this.rest.length;
  }

  feed(chunk: Buffer): readonly EventStreamPiece[] {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const pieces: EventStreamPiece[] = [];
    let at = 0;
    while (at < data.length) {
      const piece = this.next(data.subarray(at));
      if (!piece) break;
      pieces.push(piece);
      at += piece.raw.length;
    }
    this.rest = data.subarray(at);
    return pieces;
  }

  /** What is left when the stream has ended: a message without its end says nothing. */
  end(): readonly EventStreamPiece[] {
    const raw = this.rest;
    this.rest = Buffer.alloc(0);
    return raw.length === 0 ? [] : [{ kind: 'broken', raw }];
  }

  /** The piece at the beginning of the bytes; undefined until there are more. */
  private next(data: Buffer): EventStreamPiece | undefined {
    if (this.broken) return { kind: 'broken', raw: data };
    if (this.skipped > 0) return this.part(data, this.skipped);
    if (data.length < PRELUDE_BYTES) return undefined;
    const total = data.readUInt32BE(0);
    if (!isPrelude(data, total)) return this.breaks(data);
    if (total > this.messageBytesMax) return this.part(data, total);
    if (data.length < total) return undefined;
    return messageIn(data.subarray(0, total)) ?? this.breaks(data);
  }

  private part(data: Buffer, left: number): EventStreamPiece {
    const raw = data.subarray(0, left);
    this.skipped = left - raw.length;
    return { kind: 'part', raw };
  }

  private breaks(raw: Buffer): EventStreamPiece {
    this.broken = true;
    return { kind: 'broken', raw };
  }
}

const isPrelude = (data: Buffer, total: number): boolean =>
  data.readUInt32BE(8) === crc32(data.subarray(0, 8)) &&
  total >= PRELUDE_BYTES + data.readUInt32BE(4) + CRC_BYTES;

const messageIn = (raw: Buffer): EventStreamPiece | undefined => {
  const end = raw.length - CRC_BYTES;
  if (raw.readUInt32BE(end) !== crc32(raw.subarray(0, end))) return undefined;
  const headersEnd = PRELUDE_BYTES + raw.readUInt32BE(4);
  const message = new EventStreamMessage(
    raw.subarray(PRELUDE_BYTES, headersEnd),
    raw.subarray(headersEnd, end),
  );
  return { kind: 'message', message, raw };
};
