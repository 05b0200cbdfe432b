import type { RecordedEvent, ToldEvent } from '@gatehouse/event-store';
import { belongsIn, type STREAM_EVENTS } from '@gatehouse/topology';
import { EVENTS, type Shapes } from './events';

export type StreamPrefix = keyof typeof STREAM_EVENTS;

/** What the streams whose names begin so hold: a switch over it knows when it misses an event. */
export type EventIn<Prefix extends StreamPrefix> = ToldEvent<Shapes, (typeof STREAM_EVENTS)[Prefix][number]>;

/**
 * A recorded event as it would be stored today, whichever service recorded it; undefined where its stream is not one of
 * these. Throws on a type or version that this program does not know, and on one that does not belong in the stream.
 */
export const eventIn = <Prefix extends StreamPrefix>(
  prefixes: readonly Prefix[],
  recorded: Pick<RecordedEvent, 'stream' | 'type' | 'version' | 'data'>,
): EventIn<Prefix> | undefined => {
  if (!prefixes.some((prefix) => recorded.stream.startsWith(prefix))) return undefined;
  if (!belongsIn(recorded.stream, recorded.type)) {
    throw new Error(`${recorded.type} is no event of ${recorded.stream}`);
  }
  return EVENTS.read(recorded) as EventIn<Prefix>;
};
