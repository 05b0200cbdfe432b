import type { RecordedEvent } from '@gatehouse/event-store';
import type { Projection, Tx } from '@gatehouse/projections';
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
  apply,
};

async function apply(tx: Tx, event: RecordedEvent): Promise<void> {
  const { metadata } = event;
  await tx.query(
    `INSERT INTO event (sequence, position, event_id, organization_id, stream, revision, type, version, data, actor_kind,
       actor_id, actor_address, reason, request_id, command, correlation_id, causation_id, recorded_at, writer)
     SELECT coalesce(max(sequence), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
     FROM event`,
    [
      event.position,
      event.id,
      metadata.organizationId,
      event.stream,
      event.revision,
      event.type,
      event.version,
      JSON.stringify(event.data),
      metadata.actor.kind,
      metadata.actor.id,
      metadata.actor.address,
      metadata.reason,
      metadata.requestId,
      metadata.command,
      metadata.correlationId,
      metadata.causationId,
      event.recordedAt,
      event.writer ?? '',
    ],
  );
}
