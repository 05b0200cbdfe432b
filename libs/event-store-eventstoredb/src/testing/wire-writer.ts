import { once } from 'node:events';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import type { Faults } from './faults';

/** Writes a stream of answers no faster than the client takes them. */
export class WireWriter {
  private readonly gone = new AbortController();

  constructor(
    private readonly call: ServerWritableStream<ReadReq, ReadResp>,
    private readonly faults: Faults,
  ) {
    for (const event of ['cancelled', 'close', 'error'] as const) call.once(event, () => this.gone.abort());
  }

  /** Aborted when the client is gone; from then on nothing is written. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  async write(answer: ReadResp): Promise<void> {
    await this.faults.untilAwake();
    if (this.gone.signal.aborted || this.call.write(answer)) return;
    await once(this.call, 'drain', { signal: this.gone.signal }).catch(() => undefined);
  }

  end(): void {
    if (!this.gone.signal.aborted) this.call.end();
  }

  fail(error: ServiceError): void {
    this.call.emit('error', error);
  }
}
