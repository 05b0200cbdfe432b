import { position, revision } from '@gatehouse/event-store';
import type { JsonObject, RecordedEvent } from '@gatehouse/event-store';
import type { EventId } from '@gatehouse/kernel';
import type { CustomTypesConfig } from 'pg';

/** Columns of event_store.event in the order of EventRow. */
export const EVENT_COLUMNS =
  '"position", stream, revision, event_id, type, version, data, metadata, extract(epoch FROM recorded_at) * 1000, writer';

export type EventRow = readonly [
  position: string,
  stream: string,
  revision: string,
  eventId: string,
  type: string,
  version: string,
  data: string,
  metadata: string,
  recordedAtMs: string,
  writer: string | null,
];

/** Every value as the text the server sent: fromRowEvent knows better than a look-up per column what each one is. */
export const AS_TEXT: CustomTypesConfig = { getTypeParser: () => (value: string) => value };

export const fromRowEvent = (row: EventRow): RecordedEvent => ({
  position: position(BigInt(row[0])),
  stream: row[1],
  revision: revision(BigInt(row[2])),
  id: row[3] as EventId,
  type: row[4],
  version: Number(row[5]),
  data: JSON.parse(row[6]) as JsonObject,
  metadata: JSON.parse(row[7]) as RecordedEvent['metadata'],
  recordedAt: new Date(Number(row[8])),
  ...(row[9] !== null && { writer: row[9] }),
});
