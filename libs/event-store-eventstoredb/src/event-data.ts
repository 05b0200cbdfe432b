import { type EventData, jsonEvent } from '@eventstore/db-client';
import {
  type EventMetadata,
  type JsonObject,
  type NewEvent,
  type Position,
  position,
  type RecordedEvent,
  revision,
} from '@gatehouse/event-store';
import type { EventId } from '@gatehouse/kernel';

/** What stands beside an event's data: our metadata, and the version of the data's shape. */
interface WireMetadata {
  readonly version: number;
  readonly metadata: EventMetadata;
}

/** A record as the client reads it, of `$all` or of a stream. */
export interface WireRecord {
  readonly streamId: string;
  readonly id: string;
  readonly revision: bigint;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly created: Date;
  readonly position?: { readonly commit: bigint; readonly prepare: bigint };
}

/** The event as it is sent, and how many bytes of an append's allowance it takes. */
export const toEventData = ({
  id,
  type,
  version,
  data,
  metadata,
}: NewEvent): { event: EventData; bytes: number } => {
  const wireMetadata = { version, metadata };
  const event = jsonEvent({ id, type, data, metadata: wireMetadata as never }) as EventData;
  const bytes = Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(wireMetadata));
  return { event, bytes };
};

export const positionOf = (record: WireRecord): Position => {
  if (record.position === undefined) throw new Error('EventStoreDB answered an event without its position');
  return position(record.position.commit);
};

export const fromRecordedEvent = (record: WireRecord): RecordedEvent => {
  const { version, metadata } = record.metadata as WireMetadata;
  return {
    id: record.id as EventId,
    type: record.type,
    version,
    data: record.data as JsonObject,
    metadata,
    stream: record.streamId,
    revision: revision(record.revision),
    position: positionOf(record),
    recordedAt: record.created,
  };
};
