import type { HistoryEvent, StreamPast } from './history.ports';
import type { Change } from './list-history.handler';

/** Of each field that an event's data has: what the latest event before it said, where one did. */
export const saidBefore = (event: HistoryEvent, past: StreamPast | undefined): Change => {
  const missing = new Set(Object.keys(fieldsIn(event.dataJson)));
  const before: Record<string, unknown> = {};
  const earlier = (past?.events ?? []).filter(({ sequence }) => sequence < event.sequence);
  for (const { dataJson } of earlier.toReversed()) {
    if (missing.size === 0) break;
    for (const [field, value] of Object.entries(fieldsIn(dataJson))) {
      // What a field is called is the event's to say: `__proto__` is a name as any other.
      if (missing.delete(field)) Object.defineProperty(before, field, { value, enumerable: true });
    }
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
