import type { JsonObject } from '@gatehouse/event-store';
import type { EventId, OrganizationId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { PendingEvents } from '../../app/lease/lease.ports';
import type { Asked, PendingEvent } from '../../domain/lease/lease.events';
import { meteringEventCodec } from '../events/budget-event.codec';

interface PendingRow {
  event_id: EventId;
  organization_id: OrganizationId;
  type: string;
  version: number;
  data: JsonObject;
  asked: Asked | null;
}

const AT_ONCE_MAX = 100;

/** Rows that another process is telling are passed over. */
export class PostgresPendingEvents extends PendingEvents {
  constructor(private readonly pool: PgPool) {
    super();
  }

  tell(tell: (event: PendingEvent) => Promise<void>): Promise<number> {
    return this.pool.inTransaction(async (tx) => {
      const { rows } = await tx.query<PendingRow>(
        `SELECT event_id, organization_id, type, version, data, asked FROM metering.pending_event
         ORDER BY ordinal LIMIT ${AT_ONCE_MAX} FOR UPDATE SKIP LOCKED`,
      );
      for (const row of rows) {
        await tell({
          id: row.event_id,
          organizationId: row.organization_id,
          event: meteringEventCodec.decode(row),
          ...(row.asked && { asked: row.asked }),
        });
      }
      if (rows.length > 0) {
        await tx.query('DELETE FROM metering.pending_event WHERE event_id = ANY ($1)', [
          rows.map(({ event_id }) => event_id),
        ]);
      }
      return rows.length;
    });
  }
}
