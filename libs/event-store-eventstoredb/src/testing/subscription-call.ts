import { Signal } from '@gatehouse/kernel';
import { randomUUID } from 'node:crypto';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { fromProtoAllOptions } from './from-proto';
import type { ServedLog } from './served-log';
import type { LoggedEvent, ServerLog } from './server-log';
import { fromProtoFilterOptions, type SubscriptionFilter } from './subscription-filter';
import { toProtoCaughtUp, toProtoCheckpoint, toProtoConfirmation, toProtoReadEvent } from './to-proto';
import { invalidPosition } from './wire-errors';
import type { WireWriter } from './wire-writer';

/** How long a live subscription waits before it looks by itself; a growth wakes it at once. */
const IDLE_MS = 60_000;

/**
 * A subscription to `$all`: CONFIRMATION, then EVENTs with CHECKPOINTs between them, CAUGHT_UP at the head, and then
 * what comes. The position it begins at is exclusive.
 */
export const serveSubscription = async (
  { log }: ServedLog,
  _call: ServerWritableStream<ReadReq, ReadResp>,
  options: ReadReq.Options,
  writer: WireWriter,
): Promise<void> => {
  const index = firstIndex(log, fromProtoAllOptions(options.getAll()));
  if (index === undefined) return writer.fail(invalidPosition());
  const filter = fromProtoFilterOptions(options.getFilter());
  await writer.write(toProtoConfirmation(randomUUID()));
  await new AllSubscription(log, filter, writer, index).run();
};

const firstIndex = (log: ServerLog, from: bigint | 'start' | 'end'): number | undefined => {
  if (from === 'start') return 0;
  if (from === 'end') return log.events.length;
  const index = log.indexOf(from);
  return index === undefined ? undefined : Math.min(index + 1, log.events.length);
};

class AllSubscription {
  /** Events looked at since the last checkpoint. */
  private looked = 0;

  constructor(
    private readonly log: ServerLog,
    private readonly filter: SubscriptionFilter,
    private readonly writer: WireWriter,
    private index: number,
  ) {}

  async run(): Promise<void> {
    while (!this.writer.signal.aborted && !(await this.catchUp()));
    await this.writer.write(toProtoCaughtUp());
    await this.followLive();
  }

  /**
   * One window; true at the head, where no checkpoint is told. That of a window in which nothing matched is where the
   * window began, which is what the server can be sure of.
   */
  private async catchUp(): Promise<boolean> {
    const window = this.log.events.slice(this.index, this.index + this.filter.window);
    this.index += window.length;
    this.looked += window.length;
    let reached = window[0];
    for (const event of window.filter((logged) => this.filter.matches(logged))) {
      await this.writer.write(toProtoReadEvent(event));
      reached = event;
    }
    if (window.length < this.filter.window) return true;
    await this.tellCheckpoint(reached as LoggedEvent);
    return false;
  }

  private async followLive(): Promise<void> {
    const grown = new Signal();
    const stop = this.log.onGrown(() => grown.raise());
    while (!this.writer.signal.aborted) {
      const mark = grown.mark();
      const event = this.log.events[this.index];
      if (event === undefined) {
        await grown.wait(mark, IDLE_MS, this.writer.signal);
        continue;
      }
      this.index++;
      this.looked++;
      if (this.filter.matches(event)) await this.writer.write(toProtoReadEvent(event));
      await this.tellCheckpoint(event);
    }
    stop();
  }

  private async tellCheckpoint(reached: LoggedEvent): Promise<void> {
    if (this.looked < this.filter.interval) return;
    this.looked %= this.filter.interval;
    await this.writer.write(toProtoCheckpoint(reached.position));
  }
}
