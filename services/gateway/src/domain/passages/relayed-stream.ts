import type { StreamEar } from '../dialects/dialect';
import type { GeneratedText } from '../generated-text';
import { type SsePiece, SseReader } from '../streams/sse-reader';

const NONE: readonly Buffer[] = [];

/**
 * Hands the server-sent events of a stream on as they came, without a copy, and lets an ear hear each; the part of an event
 * that has not ended yet is kept until it has. What is too large to be heard is handed on all the same.
 */
export class RelayedStream {
  /** Bytes that nobody could read, and that may be text. */
  unreadBytes = 0;

  private readonly reader = new SseReader();

  /**
   * @param stripUsage whether to keep events from the client that tell usage and nothing else.
   * @param written is told of what nobody could read.
   */
  constructor(
    private readonly ear: StreamEar,
    private readonly stripUsage: boolean,
    private readonly written?: GeneratedText,
  ) {}

  /** What of it may go to the client now. */
  feed(chunk: Buffer): readonly Buffer[] {
    return this.relayed(this.reader.feed(chunk));
  }

  /** What is left when the provider has ended the stream: an event without its end. */
  end(): readonly Buffer[] {
    return this.relayed(this.reader.end());
  }

  /** Of an event that is not whole yet: it was generated. */
  get pendingBytes(): number {
    return this.reader.pendingBytes;
  }

  /** Pieces that lie side by side go on as one. */
  private relayed(pieces: readonly SsePiece[]): readonly Buffer[] {
    let before: Buffer[] | undefined;
    let run: Buffer | undefined;
    let runBytes = 0;
    for (const piece of pieces) {
      if (this.isSpared(piece)) continue;
      const { raw } = piece;
      if (run && run.buffer === raw.buffer && run.byteOffset + runBytes === raw.byteOffset) {
        runBytes += raw.length;
        continue;
      }
      if (run) (before ??= []).push(joined(run, runBytes));
      run = raw;
      runBytes = raw.length;
    }
    if (!run) return NONE;
    const last = joined(run, runBytes);
    return before ? [...before, last] : [last];
  }

  private isSpared(piece: SsePiece): boolean {
    switch (piece.kind) {
      case 'event':
        return this.ear.hear(piece.raw) && this.stripUsage;
      case 'part':
        this.unreadBytes += piece.raw.length;
        this.written?.miss(piece.raw.length);
        return false;
      case 'between':
        return false;
    }
  }
}

/** A piece with what follows it in memory. */
const joined = (first: Buffer, bytes: number): Buffer =>
  first.length === bytes ? first : Buffer.from(first.buffer, first.byteOffset, bytes);
