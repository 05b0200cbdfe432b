import type { HistoryEvent, StreamPast } from './history.ports';

/** An event, with what its stream had said of the same fields before. */
export interface Change {
  readonly event: HistoryEvent;
  readonly beforeJson: string;
  /** Not all of the stream was looked into. */
  readonly beforeUnknown: boolean;
}

/**
 * Of each field that an event's data has: what the latest event before it said, where one did. What is empty is recorded by being left
 * out: an event of the same kind that has no such list said that there is none.
 */
export const saidBefore = (event: HistoryEvent, past: StreamPast | undefined): Change => {
  const now = fieldsIn(event.dataJson);
  const missing = new Set(Object.keys(now));
  const before: Record<string, unknown> = {};
  // What a field is called is the event's to say: `__proto__` is a name as any other.
  const found = (field: string, value: unknown): void => {
    if (missing.delete(field)) Object.defineProperty(before, field, { value, enumerable: true });
  };
  const earlier = (past?.events ?? []).filter(({ sequence }) => sequence < event.sequence);
  for (const { type, version, dataJson } of earlier.toReversed()) {
    if (missing.size === 0) break;
    for (const [field, value] of Object.entries(fieldsIn(dataJson))) found(field, value);
    if (type === event.type && version === event.version)
      for (const field of missing) if (Array.isArray(now[field])) found(field, []);
  }
  return {
    event,
    beforeJson: JSON.stringify(before),
    beforeUnknown: !(past?.whole ?? true) && missing.size > 0,
  };
};

const fieldsIn = (dataJson: string): Readonly<Record<string, unknown>> => {
  const data: unknown = JSON.parse(dataJson);
  return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
};
