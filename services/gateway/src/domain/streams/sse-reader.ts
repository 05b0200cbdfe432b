import { SseEvent } from './sse-event';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const BOM = [0xef, 0xbb, 0xbf] as const;

/** The largest event that is read, in bytes; a larger one is handed on in parts. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * What a stream of server-sent events is made of, in its order. `between` are comments and blank lines, which say nothing;
 * a `part` is of an event that is too large to be read. The raw bytes of all pieces are the stream, byte by byte.
 */
export type SsePiece =
  | SseEvent
  | { readonly kind: 'between'; readonly raw: Buffer }
  | { readonly kind: 'part'; readonly raw: Buffer };

const NONE: readonly SsePiece[] = [];
const NOTHING = Buffer.alloc(0);

/** What the line is that is being read, as far as it has come. */
type Line = 'empty' | 'comment' | 'field';

/**
 * Reads server-sent events as they come, whatever ends their lines (LF, CR LF, CR) and however they are cut into chunks. Bytes
 * are searched, not turned into text; an event that came in one chunk is not copied. Comments between events, which keep a
 * connection alive, are handed on when their line ends. It holds no more than `eventBytesMax` and one chunk.
 */
export class SseReader {
  private held: Buffer[] = [];
  private heldBytes = 0;
  private bomBytes = 0;
  private line: Line = 'empty';
  /** The event has a line that is none of a comment. */
  private fields = false;
  private oversized = false;
  /** The last byte was a CR, to whose line end an LF would belong. */
  private afterCr = false;
  /** The last line ended in CR LF: the next CR will be followed by an LF as well. */
  private crLf = false;
  /** The event is over, but for the LF that a CR LF still lacks. */
  private overAtLf = false;

  private pieces: SsePiece[] | undefined;
  private chunk: Buffer = NOTHING;
  /** Where in the chunk the bytes begin that belong to no piece yet. */
  private start = 0;

  constructor(private readonly eventBytesMax = EVENT_BYTES_MAX) {}

  /** Bytes that are held until the event they belong to is whole. */
  get pendingBytes(): number {
    return this.heldBytes;
  }

  feed(chunk: Buffer): readonly SsePiece[] {
    this.begin(chunk);
    let at = this.skipBom(this.takeLf());
    let cr = chunk.indexOf(CR, at);
    let lf = chunk.indexOf(LF, at);
    while (at < chunk.length) {
      if (cr >= 0 && cr < at) cr = chunk.indexOf(CR, at);
      if (lf >= 0 && lf < at) lf = chunk.indexOf(LF, at);
      const end = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
      if (end !== at && this.line === 'empty') this.line = chunk[at] === COLON ? 'comment' : 'field';
      if (end < 0) break;
      at = this.endLine(end);
    }
    return this.rest();
  }

  /** What is left when the stream has ended: an event without its end is read as one all the same. */
  end(): readonly SsePiece[] {
    this.begin(NOTHING);
    if (this.heldBytes > 0) this.cut(0, this.fields || this.line === 'field');
    return this.taken();
  }

  private begin(chunk: Buffer): void {
    this.chunk = chunk;
    this.start = 0;
  }

  /** The LF of a CR LF that the chunks had parted. Answers where reading goes on. */
  private takeLf(): number {
    if (!this.afterCr || this.chunk.length === 0) return 0;
    this.afterCr = false;
    const at = this.chunk[0] === LF ? 1 : 0;
    this.crLf = at === 1;
    if (this.overAtLf) this.endEvent(at);
    return at;
  }

  private skipBom(from: number): number {
    let at = from;
    while (at < this.chunk.length && this.bomBytes < BOM.length && this.chunk[at] === BOM[this.bomBytes]) {
      this.bomBytes++;
      at++;
    }
    if (at === this.chunk.length) return at;
    if (this.bomBytes > 0 && this.bomBytes < BOM.length) this.line = 'field';
    this.bomBytes = BOM.length;
    return at;
  }

  /** A line ends at `end`. Answers where the next begins. */
  private endLine(end: number): number {
    const { chunk, line } = this;
    const isCr = chunk[end] === CR;
    const hasLf = isCr && chunk[end + 1] === LF;
    const next = end + (hasLf ? 2 : 1);
    const parted = isCr && next === chunk.length && !hasLf;
    const lfToCome = parted && this.crLf;
    this.afterCr = parted;
    this.crLf = hasLf || lfToCome;
    this.line = 'empty';
    if (line === 'field') this.fields = true;
    else if (line === 'comment') this.endBetween(next);
    else if (lfToCome) this.overAtLf = true;
    else this.endEvent(next);
    return next;
  }

  private endBetween(next: number): void {
    if (!this.fields && !this.oversized) this.cut(next, false);
  }

  private endEvent(next: number): void {
    this.overAtLf = false;
    this.cut(next, this.fields);
    this.fields = false;
    this.oversized = false;
  }

  /** Makes a piece of what is held and of the chunk up to `next`. */
  private cut(next: number, isEvent: boolean): void {
    const bytes = this.chunkUpTo(next);
    const raw = this.held.length === 0 ? bytes : Buffer.concat([...this.held, bytes]);
    this.held = [];
    this.heldBytes = 0;
    this.start = next;
    if (raw.length === 0) return;
    if (this.oversized) this.add({ kind: 'part', raw });
    else if (isEvent) this.add(new SseEvent(raw));
    else this.add({ kind: 'between', raw });
  }

  /** All of it as it came, where that is what is wanted. */
  private chunkUpTo(next: number): Buffer {
    const { chunk, start } = this;
    return start === 0 && next === chunk.length ? chunk : chunk.subarray(start, next);
  }

  /** A chunk has one, as a rule: a list that grows makes room for many. */
  private add(piece: SsePiece): void {
    if (this.pieces) this.pieces.push(piece);
    else this.pieces = [piece];
  }

  /** Holds what belongs to an event that has not ended yet, unless it is too much to hold. */
  private rest(): readonly SsePiece[] {
    const { chunk, start } = this;
    const bytes = chunk.length - start;
    if (this.heldBytes + bytes > this.eventBytesMax) this.oversized = true;
    if (this.oversized) this.cut(chunk.length, false);
    else if (bytes > 0) {
      this.held.push(chunk.subarray(start));
      this.heldBytes += bytes;
    }
    return this.taken();
  }

  /** Nothing of them is kept here: streams are many, and between two chunks there is time. */
  private taken(): readonly SsePiece[] {
    const { pieces = NONE } = this;
    this.pieces = undefined;
    this.chunk = NOTHING;
    return pieces;
  }
}
