import type { RecordedEvent } from '@gatehouse/event-store';
import { insertRows, type Projection, type Tx } from '@gatehouse/projections';
import { HISTORY } from '../../app/history.ports';

export const HISTORY_SCHEMA = 'audit_history';

/**
 * Every event of the log, in audit's own dense order. `data` is text: what was recorded is shown to the letter, and a
 * rebuild is byte-identical.
 */
export const historyProjection: Projection = {
  name: HISTORY,
  schema: HISTORY_SCHEMA,
  source: { kind: 'store', streamPrefixes: [''] },
  version: 2,
  ddl: `
    CREATE TABLE event (
      sequence bigint PRIMARY KEY,
      position bigint NOT NULL UNIQUE,
      event_id uuid NOT NULL,
      organization_id text NOT NULL,
      stream text NOT NULL,
      revision bigint NOT NULL,
      type text NOT NULL,
      version int NOT NULL,
      data text NOT NULL,
      actor_kind text NOT NULL,
      actor_id text NOT NULL,
      actor_address text NOT NULL,
      reason text NOT NULL,
      request_id text NOT NULL,
      command text NOT NULL,
      correlation_id text NOT NULL,
      causation_id text NOT NULL,
      recorded_at timestamptz NOT NULL,
      writer text NOT NULL
    );
    CREATE INDEX event_by_organization ON event (organization_id, sequence);
    CREATE INDEX event_by_stream ON event (stream, sequence)`,
  apply: (tx, event) => applyAll(tx, [event]),
  applyAll,
};

async function applyAll(tx: Tx, events: readonly RecordedEvent[]): Promise<void> {
  const { rows } = await tx.query<{ last: bigint }>('SELECT coalesce(max(sequence), 0) AS last FROM event');
  const last = BigInt(rows[0]?.last ?? 0);
  await insertRows(
    tx,
    'event',
    events.map((event, index) => toRow(event, last + BigInt(index + 1))),
  );
}

const toRow = (event: RecordedEvent, sequence: bigint) => ({
  sequence,
  position: event.position,
  event_id: event.id,
  organization_id: event.metadata.organizationId,
  stream: event.stream,
  revision: event.revision,
  type: event.type,
  version: event.version,
  data: JSON.stringify(event.data),
  actor_kind: event.metadata.actor.kind,
  actor_id: event.metadata.actor.id,
  actor_address: event.metadata.actor.address,
  reason: event.metadata.reason,
  request_id: event.metadata.requestId,
  command: event.metadata.command,
  correlation_id: event.metadata.correlationId,
  causation_id: event.metadata.causationId,
  recorded_at: event.recordedAt,
  writer: event.writer ?? '',
});
