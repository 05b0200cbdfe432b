import { Signal } from '@gatehouse/kernel';
import {
  type AllStreamSubscription,
  excludeSystemEvents,
  type Filter,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import {
  BEFORE_FIRST,
  type Position,
  position,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '@gatehouse/event-store';
import type { Connection } from './connection';
import { fromRecordedEvent, HELD_BYTES, isWanted, positionOf, weightOf, type WireRecord } from './event-data';
import type { LogReader } from './log-reader';
import { pause } from './pause';
import { growingPauseMs } from './persistence';
import { refusalOf } from './wire-failure';

/** What a subscription needs. */
export interface FollowedLog {
  readonly connection: Connection;
  readonly reader: LogReader;
  /** Raised when this process appended. */
  readonly grown: Signal;
  /** From 0 to 1, for the pauses after a failure. */
  readonly random: () => number;
}

/** Events of one batch at most. */
const BATCH_MAX = 500;
/** Items that the client holds before it stops reading from the server, as they came and as many more as it has read: each may be 1 MiB. */
const BUFFERED_MAX = 64;
/** The server tells a checkpoint after every so many records: enough for a catch-up, which is never far behind them. */
const SEARCH_WINDOW = 500;
const CHECKPOINT_INTERVAL = 1;
/** How often a quiet subscription looks what went by, and how often at most when this process appends. */
const LOOK_MS = 500;
const LOOK_GAP_MS = 50;
const LOOK_MAX = 500;

/** What runs through a subscription: events, and the marks that the client tells beside them, put in their place. */
type Item = { readonly event?: WireRecord } | { readonly checkpoint: Position } | { readonly caughtUp: true };

/**
 * A `$all` subscription with the server's filter. The client does not connect again by itself: when it fails, a new
 * subscription goes on after the last position that was handed out.
 */
export async function* followAll(
  log: FollowedLog,
  { after, streamPrefixes, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionBatch, void, undefined> {
  let reached = after;
  let failures = 0;
  while (!signal.aborted) {
    const life = new Life(log, reached, streamPrefixes, signal);
    try {
      for await (const batch of life.batches()) {
        if (signal.aborted) return;
        reached = batch.checkpoint;
        failures = 0;
        yield batch;
      }
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal && !signal.aborted) throw refusal;
      // Whatever else broke it, the position is ours: go on from there.
    } finally {
      life.end();
    }
    await pause(growingPauseMs(++failures, log.random()), signal);
  }
}

/** One subscription, from its beginning until it breaks. */
class Life {
  private readonly over = new AbortController();
  private readonly subscription: AllStreamSubscription;
  private caughtUp = false;

  constructor(
    private readonly log: FollowedLog,
    private checkpoint: Position,
    private readonly prefixes: readonly string[] | undefined,
    private readonly signal: AbortSignal,
  ) {
    const { client, credentials } = log.connection;
    this.subscription = client.subscribeToAll(
      {
        fromPosition: checkpoint === BEFORE_FIRST ? START : { commit: checkpoint, prepare: checkpoint },
        filter: filterOf(prefixes, (at) => this.put({ checkpoint: position(at) })),
        credentials,
        requiresLeader: true,
      },
      { highWaterMark: BUFFERED_MAX },
    );
    this.subscription.on('caughtUp', () => this.put({ caughtUp: true }));
    this.subscription.once('caughtUp', () => void this.passOver());
    // The iteration hears of errors too; this listener stays for those that come when nobody iterates.
    this.subscription.on('error', () => undefined);
    signal.addEventListener('abort', this.end);
  }

  async *batches(): AsyncGenerator<SubscriptionBatch, void, undefined> {
    let events: RecordedEvent[] = [];
    let held = 0;
    for await (const item of this.subscription as AsyncIterable<unknown> as AsyncIterable<Item>) {
      if ('checkpoint' in item) this.moveTo(item.checkpoint);
      else if ('caughtUp' in item) this.caughtUp = true;
      else if (item.event && positionOf(item.event) > this.checkpoint) {
        if (isWanted(item.event, this.prefixes)) {
          events.push(fromRecordedEvent(item.event));
          held += weightOf(item.event);
        }
        this.moveTo(positionOf(item.event));
      }
      const more = this.subscription.readableLength > 0;
      if (more && events.length < BATCH_MAX && held < HELD_BYTES) continue;
      yield { events, checkpoint: this.checkpoint, caughtUp: this.caughtUp && !more };
      events = [];
      held = 0;
    }
  }

  readonly end = (): void => {
    this.over.abort();
    this.signal.removeEventListener('abort', this.end);
    this.subscription.destroy();
    void this.subscription.unsubscribe().catch(() => undefined);
  };

  /**
   * A server tells a checkpoint only after so many events of others, so at a quiet log the last of them would never be
   * passed. Here they are looked at one by one, as far as the first that is wanted, which the subscription brings.
   */
  private async passOver(): Promise<void> {
    const { signal } = this.over;
    const { grown, reader } = this.log;
    while (!signal.aborted) {
      const mark = grown.mark();
      if (this.subscription.readableLength === 0) {
        // What breaks this breaks the subscription too, which will say so.
        const { records } = await reader.window(this.checkpoint, LOOK_MAX).catch(() => ({ records: [] }));
        const passed = lastBefore(records, (record) => isWanted(record, this.prefixes));
        if (passed && !signal.aborted) this.put({ checkpoint: positionOf(passed) });
      }
      await pause(LOOK_GAP_MS, signal);
      await grown.wait(mark, LOOK_MS, signal);
    }
  }

  private put(item: Item): void {
    if (!this.subscription.destroyed && !this.subscription.readableEnded) this.subscription.push(item);
  }

  private moveTo(at: Position): void {
    if (at > this.checkpoint) this.checkpoint = at;
  }
}

/** The empty prefix means every stream; system events are never asked for. */
const filterOf = (prefixes: readonly string[] | undefined, reached: (at: bigint) => void): Filter => {
  const options = {
    maxSearchWindow: SEARCH_WINDOW,
    checkpointInterval: CHECKPOINT_INTERVAL,
    checkpointReached: (_subscription: unknown, at: { commit: bigint }) => reached(at.commit),
  };
  return prefixes === undefined || prefixes.includes('')
    ? excludeSystemEvents(options)
    : streamNameFilter({ ...options, prefixes: [...prefixes] });
};

const lastBefore = <T>(items: readonly T[], stop: (item: T) => boolean): T | undefined => {
  const index = items.findIndex(stop);
  return index < 0 ? items.at(-1) : items[index - 1];
};
