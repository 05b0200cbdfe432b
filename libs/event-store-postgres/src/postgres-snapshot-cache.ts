import { position, revision, type Snapshot, SnapshotCache } from '@gatehouse/event-store';
import type { JsonObject, SeenCommand } from '@gatehouse/event-store';
import type { EventId } from '@gatehouse/kernel';
import type { Pool } from 'pg';

type SnapshotRow = readonly [
  revision: string,
  eventId: string,
  state: JsonObject,
  commands: Readonly<Record<string, readonly [command: string, position: string]>>,
];

/**
 * Snapshots in the log's database, beside the log. The pool's role needs `gatehouse_event_store_user` and sees only
 * what it wrote itself.
 */
export class PostgresSnapshotCache extends SnapshotCache {
  constructor(private readonly pool: Pool) {
    super();
  }

  async get(stream: string, schemaVersion: number): Promise<Snapshot | undefined> {
    const { rows } = await this.pool.query({
      name: 'gatehouse-snapshot-get',
      text: `SELECT revision::text, event_id, state, commands FROM event_store.snapshot
        WHERE owner = current_user AND stream = $1 AND schema_version = $2`,
      values: [stream, schemaVersion],
      rowMode: 'array',
    });
    const row = (rows as unknown as readonly SnapshotRow[])[0];
    return row && fromRowSnapshot(row);
  }

  /** The last writer wins: whichever it is, the events after it are read anyway. */
  async put(stream: string, schemaVersion: number, snapshot: Snapshot): Promise<void> {
    const commands = Object.entries(snapshot.commands).map(([id, seen]) => [
      id,
      [seen.command, String(seen.position)],
    ]);
    await this.pool.query({
      name: 'gatehouse-snapshot-put',
      text: `INSERT INTO event_store.snapshot AS kept (stream, schema_version, revision, event_id, state, commands)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (owner, stream, schema_version) DO UPDATE SET
          revision = excluded.revision, event_id = excluded.event_id,
          state = excluded.state, commands = excluded.commands`,
      values: [
        stream,
        schemaVersion,
        snapshot.revision,
        snapshot.eventId,
        JSON.stringify(snapshot.state),
        JSON.stringify(Object.fromEntries(commands)),
      ],
    });
  }

  /** Forgets all that this role wrote. */
  async clear(): Promise<void> {
    await this.pool.query('DELETE FROM event_store.snapshot WHERE owner = current_user');
  }
}

const fromRowSnapshot = ([at, eventId, state, commands]: SnapshotRow): Snapshot => ({
  revision: revision(BigInt(at)),
  eventId: eventId as EventId,
  state,
  commands: Object.fromEntries(
    Object.entries(commands).map(([id, [command, last]]): [string, SeenCommand] => [
      id,
      { command, position: position(BigInt(last)) },
    ]),
  ),
});
