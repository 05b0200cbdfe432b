import type { JsonObject, RecordedEvent } from './event';

/**
 * Between domain events and what is stored. The domain sees the newest version only: `decode` upcasts, and throws on a
 * type or version it does not know.
 */
export interface EventCodec<E extends { readonly type: string }> {
  encode(event: E): { readonly type: string; readonly version: number; readonly data: JsonObject };
  decode(stored: Pick<RecordedEvent, 'type' | 'version' | 'data'>): E;
}
