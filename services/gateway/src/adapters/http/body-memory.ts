import type { ExchangeAnswer, ExchangeRequest } from './exchange-ends';
import type { HttpSettings } from './http-settings';
import { readBody } from './request-body';

/**
 * What the body of a request takes of memory: it counts until the exchange is over, and is another's once nothing reads it any more. That is
 * known where no provider was called, and where one has answered to the end: all of the body had left by then. Where an attempt was cut
 * or failed, its memory is left to the collector.
 */
export class BodyMemory {
  private taken = 0;
  private body: Buffer | undefined;
  private handled = false;
  private over = false;

  /** @param keyId whose body it is. */
  constructor(
    private readonly settings: HttpSettings,
    private readonly client: ExchangeAnswer,
    private readonly keyId: string,
  ) {
    client.onOver(() => this.exchangeOver());
  }

  /** Errors: those of `readBody`. */
  async read(request: ExchangeRequest): Promise<Buffer> {
    const { bodies, buffers, bodyBytesMax, bodyDeadlineMs } = this.settings;
    const bounds = {
      bytesMax: bodyBytesMax,
      deadlineMs: bodyDeadlineMs,
      take: (bytes: number): boolean => {
        const fits = bodies.take(this.keyId, bytes);
        if (fits) this.taken += bytes;
        return fits;
      },
    };
    return (this.body = await readBody(request, bounds, buffers));
  }

  /** Its request was sent to a provider, or never will be. */
  wasHandled(): void {
    this.handled = true;
    this.giveBack();
  }

  private exchangeOver(): void {
    this.over = true;
    this.settings.bodies.giveBack(this.keyId, this.taken);
    this.giveBack();
  }

  private giveBack(): void {
    const { body, client } = this;
    if (!body || !this.handled || !this.over) return;
    this.body = undefined;
    if (client.outcome === undefined || client.outcome === 'completed') this.settings.buffers.giveBack(body);
  }
}
