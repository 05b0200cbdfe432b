import { type EventFields, type HistoryEvent, PAST_MAX, type PastEvent } from './history.ports';
import { endedBy, type Saying, sayingsOf } from './sayings';

/** An event, with what its stream had said of the same before. */
export interface Change {
  readonly event: HistoryEvent;
  readonly beforeJson: string;
  /** Not all of the stream before it was looked into. */
  readonly beforeUnknown: boolean;
}

/**
 * Of each field of an event what the latest event before it said of the same, where that was anything. What is empty is recorded by being
 * left out: a field that the event itself leaves out is told where there was something that it took away.
 *
 * @param past of the event's stream, the oldest first: the latest `PAST_MAX` before the event, or fewer, without a gap; others may be among it.
 */
export const saidBefore = (event: HistoryEvent, past: readonly PastEvent[], fields: EventFields): Change => {
  const missing = new Map(sayingsOf(event, fields).map((saying) => [saying.of, saying]));
  const before: Record<string, unknown> = {};
  // What is further back is there for an older event of the page: between the two there may be a gap.
  const earlier = past.filter(({ sequence }) => sequence < event.sequence).slice(-PAST_MAX);
  for (const one of earlier.toReversed()) {
    const ended = endedBy(one);
    if (ended !== undefined) for (const of of missing.keys()) if (of.startsWith(ended)) missing.delete(of);
    if (missing.size === 0) break;
    for (const { of, value } of sayingsOf(one, fields)) {
      const now = missing.get(of);
      if (now === undefined) continue;
      missing.delete(of);
      // What a field is called is the event's to say: `__proto__` is a name as any other.
      if (isTold(now, value)) Object.defineProperty(before, now.field, { value, enumerable: true });
    }
  }
  return {
    event,
    beforeJson: JSON.stringify(before),
    beforeUnknown: BigInt(earlier.length) < event.revision && missing.size > 0,
  };
};

/** Something, which is something else than nothing where it is nothing now. */
const isTold = ({ leftOut, value: now }: Saying, before: unknown): boolean =>
  before !== undefined && (!leftOut || JSON.stringify(before) !== JSON.stringify(now));
