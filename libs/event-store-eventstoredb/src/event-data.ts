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

/** As much data, in bytes, is held at once; the event that exceeds it is the last. Whoever follows the log holds it several times over. */
export const HELD_BYTES = 4 * 1_048_576;

/** What a record's data takes, in bytes, near enough for a bound. */
export const weightOf = (record: WireRecord): number => JSON.stringify(record.data)?.length ?? 0;

export const positionOf = (record: WireRecord): Position => {
  if (record.position === undefined) throw new Error('EventStoreDB answered an event without its position');
  return position(record.position.commit);
};

/**
 * Whether an event of `$all` is ours and asked for. The server's own (their streams begin with `$`) and those of other
 * applications are not; without prefixes every one of ours is asked for.
 */
export const isWanted = (record: WireRecord, prefixes: readonly string[] | undefined): boolean =>
  !record.streamId.startsWith('$') &&
  (prefixes === undefined || prefixes.some((prefix) => record.streamId.startsWith(prefix))) &&
  isWireMetadata(record.metadata);

/** Throws on an event that was not written by this adapter. */
export const fromRecordedEvent = (record: WireRecord): RecordedEvent => {
  if (!isWireMetadata(record.metadata))
    throw new Error(`${record.streamId}@${record.revision} was not written by Gatehouse`);
  const { version, metadata } = record.metadata;
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

const isWireMetadata = (metadata: unknown): metadata is WireMetadata =>
  typeof metadata === 'object' && metadata !== null && 'version' in metadata && 'metadata' in metadata;
