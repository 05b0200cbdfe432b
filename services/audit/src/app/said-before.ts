import { type HistoryEvent, PAST_MAX, type PastEvent } from './history.ports';

/** An event, with what its stream had said of the same fields before. */
export interface Change {
  readonly event: HistoryEvent;
  readonly beforeJson: string;
  /** Not all of the stream before it was looked into. */
  readonly beforeUnknown: boolean;
}

/**
 * Of each field that an event's data has: what the latest event before it said, where one did. What is empty is recorded by being left
 * out: an event of the same kind that has no such list said that there is none.
 *
 * @param past of the event's stream, the oldest first: the latest `PAST_MAX` before the event, or fewer, without a gap; others may be among it.
 */
export const saidBefore = (event: HistoryEvent, past: readonly PastEvent[]): Change => {
  const now = fieldsIn(event.dataJson);
  const missing = new Set(Object.keys(now));
  const before: Record<string, unknown> = {};
  // What a field is called is the event's to say: `__proto__` is a name as any other.
  const found = (field: string, value: unknown): void => {
    if (missing.delete(field)) Object.defineProperty(before, field, { value, enumerable: true });
  };
  // What is further back is there for an older event of the page: between the two there may be a gap.
  const earlier = past.filter(({ sequence }) => sequence < event.sequence).slice(-PAST_MAX);
  for (const { type, version, dataJson } of earlier.toReversed()) {
    if (missing.size === 0) break;
    for (const [field, value] of Object.entries(fieldsIn(dataJson))) found(field, value);
    if (type === event.type && version === event.version)
      for (const field of missing) if (Array.isArray(now[field])) found(field, []);
  }
  return {
    event,
    beforeJson: JSON.stringify(before),
    beforeUnknown: BigInt(earlier.length) < event.revision && missing.size > 0,
  };
};

const fieldsIn = (dataJson: string): Readonly<Record<string, unknown>> => {
  const data: unknown = JSON.parse(dataJson);
  return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
};
