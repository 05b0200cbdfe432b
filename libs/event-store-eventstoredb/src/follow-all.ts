import {
  type AllStreamSubscription,
  type Credentials,
  type EventStoreDBClient,
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
import { fromRecordedEvent, positionOf, type WireRecord } from './event-data';
import { pause } from './pause';

/** Events of one batch at most, and items the client holds before it stops reading from the server. */
const BATCH_MAX = 500;
const BUFFERED_MAX = 1_000;
const RETRY_MS = 200;
/** A checkpoint after every so many records looked at: seldom enough not to be a load, often enough to restart well. */
const SEARCH_WINDOW = 100;
const CHECKPOINT_INTERVAL = 1;

/** What runs through a subscription: events, and the marks that the client tells beside them, put in their place. */
type Item = { readonly event?: WireRecord } | { readonly checkpoint: Position } | { readonly caughtUp: true };

/**
 * A `$all` subscription with the server's filter. The client does not connect again by itself: when it fails, a new
 * subscription goes on after the last position that was handed out.
 */
export async function* followAll(
  client: EventStoreDBClient,
  credentials: Credentials,
  { after, streamPrefixes, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionBatch, void, undefined> {
  let reached = after;
  while (!signal.aborted) {
    const subscription = open(client, credentials, reached, streamPrefixes);
    const stop = (): void => void subscription.destroy();
    signal.addEventListener('abort', stop);
    try {
      for await (const batch of batchesOf(subscription, reached)) {
        if (signal.aborted) return;
        reached = batch.checkpoint;
        yield batch;
      }
    } catch {
      // Whatever broke it, the position is ours: go on from there.
    } finally {
      signal.removeEventListener('abort', stop);
      await cancel(subscription);
    }
    await pause(RETRY_MS, signal);
  }
}

const open = (
  client: EventStoreDBClient,
  credentials: Credentials,
  after: Position,
  streamPrefixes: readonly string[] | undefined,
): AllStreamSubscription => {
  const subscription: AllStreamSubscription = client.subscribeToAll(
    {
      fromPosition: after === BEFORE_FIRST ? START : { commit: after, prepare: after },
      filter: filterOf(streamPrefixes, (at) =>
        subscription.push({ checkpoint: position(at) } satisfies Item),
      ),
      credentials,
    },
    { highWaterMark: BUFFERED_MAX },
  );
  subscription.on('caughtUp', () => subscription.push({ caughtUp: true } satisfies Item));
  // The iteration hears of errors too; this listener stays for those that come when nobody iterates.
  subscription.on('error', () => undefined);
  return subscription;
};

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

async function* batchesOf(
  subscription: AllStreamSubscription,
  after: Position,
): AsyncGenerator<SubscriptionBatch, void, undefined> {
  let events: RecordedEvent[] = [];
  let checkpoint = after;
  let caughtUp = false;
  for await (const raw of subscription as AsyncIterable<unknown>) {
    const item = raw as Item;
    if ('checkpoint' in item) {
      if (item.checkpoint > checkpoint) checkpoint = item.checkpoint;
    } else if ('caughtUp' in item) {
      caughtUp = true;
    } else if (item.event && positionOf(item.event) > checkpoint) {
      events.push(fromRecordedEvent(item.event));
      checkpoint = positionOf(item.event);
    }
    if (events.length < BATCH_MAX && subscription.readableLength > 0) continue;
    yield { events, checkpoint, caughtUp };
    events = [];
  }
}

const cancel = async (subscription: AllStreamSubscription): Promise<void> => {
  subscription.destroy();
  await subscription.unsubscribe().catch(() => undefined);
};
