import type { RecordedEvent } from './event';

/** What the log holds of an event, but for who did it and when. */
export type StoredEvent = Pick<RecordedEvent, 'type' | 'version' | 'data'>;

/**
 * Between domain events and what is stored. The domain sees the newest version only: `decode` upcasts, and throws on a
 * type or version it does not know.
 */
export interface EventCodec<E extends { readonly type: string }> {
  readonly types: readonly E['type'][];
  encode(event: E): StoredEvent;
  decode(stored: StoredEvent): E;
}
