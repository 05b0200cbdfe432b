import type { StreamEar } from '../dialects/dialect';

const LF = 0x0a;
const CR = 0x0d;
/** An event larger than this is relayed unread: no provider writes one. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Hands the server-sent events of a stream on as they came, without a copy, and lets an ear hear each; the part of an event
 * that has not ended yet is kept until it has.
 */
export class RelayedStream {
  /** Bytes that nobody could read, and that may be text. */
  unreadBytes = 0;

  private rest: Buffer = Buffer.alloc(0);
  private unread = false;

  /** @param stripUsage whether to keep events from the client that tell usage and nothing else. */
  constructor(
    private readonly ear: StreamEar,
    private readonly stripUsage: boolean,
  ) {}

  /** What of it may go to the client now. */
  feed(chunk: Buffer): Buffer[] {
    if (this.unread) return [chunk];
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const pieces: Buffer[] = [];
    let kept = 0;
    let start = 0;
    for (let end = endOfEvent(data, 0); end > 0; end = endOfEvent(data, start)) {
      if (this.isSpared(data.subarray(start, end))) {
        if (start > kept) pieces.push(data.subarray(kept, start));
        kept = end;
      }
      start = end;
    }
    if (start > kept) pieces.push(data.subarray(kept, start));
    this.rest = data.subarray(start);
    if (this.rest.length > EVENT_BYTES_MAX) pieces.push(...this.giveUp());
    return pieces;
  }

  /** What is left when the provider has ended the stream: an event without its end. */
  end(): Buffer[] {
    const { rest } = this;
    this.rest = Buffer.alloc(0);
    if (rest.length === 0 || this.isSpared(rest)) return [];
    return [rest];
  }

  /** Of an event that is not whole yet: it was generated. */
  get pendingBytes(): number {
    return this.rest.length;
  }

  private giveUp(): Buffer[] {
    const { rest } = this;
    this.unread = true;
    this.unreadBytes += rest.length;
    this.rest = Buffer.alloc(0);
    return [rest];
  }

  private isSpared(event: Buffer): boolean {
    return this.ear.hear(event) && this.stripUsage;
  }
}

/** Offset after the blank line that ends the event beginning at `from`; −1 when it is not there yet. */
const endOfEvent = (data: Buffer, from: number): number => {
  for (let at = data.indexOf(LF, from); at >= 0; at = data.indexOf(LF, at + 1)) {
    if (data[at + 1] === LF) return at + 2;
    if (data[at + 1] === CR && data[at + 2] === LF) return at + 3;
  }
  return -1;
};
