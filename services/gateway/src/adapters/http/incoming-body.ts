import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Incoming } from './exchange-ends';

/** A body that did not come with its head, handed on as it is read. While nobody hears it, no more of it is read. */
export class IncomingBody extends EventEmitter implements Incoming {
  complete = false;
  destroyed = false;
  /** What came before anybody heard it: a copy. */
  private kept: Buffer | undefined;

  /** @param left bytes that are to come. */
  constructor(
    private readonly socket: Socket,
    private left: number,
  ) {
    super();
  }

  /** Answers what is behind it. */
  feed(bytes: Buffer): Buffer {
    const own = bytes.subarray(0, this.left);
    this.left -= own.length;
    this.complete = this.left === 0;
    if (this.listenerCount('data') > 0) this.tell(own);
    else this.keep(own);
    return bytes.subarray(own.length);
  }

  resume(): this {
    const { kept } = this;
    this.kept = undefined;
    if (kept) this.tell(kept);
    this.socket.resume();
    return this;
  }

  /** Nothing more comes. */
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  private tell(own: Buffer): void {
    if (own.length > 0) this.emit('data', own);
    if (this.complete) this.emit('end');
  }

  private keep(own: Buffer): void {
    this.kept = this.kept ? Buffer.concat([this.kept, own]) : Buffer.from(own);
    this.socket.pause();
  }
}
