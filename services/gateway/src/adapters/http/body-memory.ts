import type { ExchangeAnswer, RequestBody } from './exchange-ends';
import type { HttpSettings } from './http-settings';
import { type BodyBounds, readBody } from './request-body';

/**
 * What the body of a request takes of memory: it counts until the answer has ended, whenever its client takes that, and is another's once
 * nothing reads it any more. That is known where no provider was called, and where one has answered to the end: all of the body had left
 * by then. Where an attempt was cut or failed, or the client has left, its memory is left to the collector.
 */
export class BodyMemory implements BodyBounds {
  private taken = 0;
  private body: Buffer | undefined;
  private handled = false;
  private ended = false;

  /** @param keyId whose body it is. */
  constructor(
    private readonly settings: HttpSettings,
    private readonly client: ExchangeAnswer,
    private readonly keyId: string,
  ) {
    client.onEnded = () => this.answerEnded();
  }

  get bytesMax(): number {
    return this.settings.bodyBytesMax;
  }

  get deadlineMs(): number {
    return this.settings.bodyDeadlineMs;
  }

  take(bytes: number): boolean {
    const fits = this.settings.bodies.take(this.keyId, bytes);
    if (fits) this.taken += bytes;
    return fits;
  }

  /** As `readBody`, at once where the body came with its head. */
  read(request: RequestBody): Buffer | Promise<Buffer> {
    const read = readBody(request, this, this.settings.buffers);
    return Buffer.isBuffer(read) ? (this.body = read) : this.readLater(read);
  }

  /** Its request was sent to a provider, or never will be. */
  wasHandled(): void {
    this.handled = true;
    this.giveBack();
  }

  private async readLater(read: Promise<Buffer>): Promise<Buffer> {
    return (this.body = await read);
  }

  private answerEnded(): void {
    this.ended = true;
    this.settings.bodies.giveBack(this.keyId, this.taken);
    this.giveBack();
  }

  private giveBack(): void {
    const { body, client } = this;
    if (!body || !this.handled || !this.ended) return;
    this.body = undefined;
    // Who leaves behind an answer's last word may have a call that is not judged yet, and has no outcome either.
    if (client.left) return;
    if (client.outcome === undefined || client.outcome === 'completed') this.settings.buffers.giveBack(body);
  }
}
