import type { JsonObject } from '@gatehouse/event-store';
import type { Clock, EventId, OrganizationId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { advisoryKey } from '@gatehouse/postgres';
import { type NotifiedEvent, PendingEvents } from '../../app/lease/lease.ports';
import type { Asked, PendingEvent } from '../../domain/lease/lease.events';
import type { PoolClient } from 'pg';
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
/** Well within what a transaction may be idle: what a slow log has not taken by then is told in the next. */
const TELLING_MS = 3_000;

/** A fact that is decided again has another spent, say, under the same id: the log passes it over, and receivers are not to hear what is not in it. */
const FIRST_TOLD = `
  INSERT INTO metering.told_event (event_id, told_at) SELECT unnest($1::uuid[]), $2
  ON CONFLICT DO NOTHING RETURNING event_id`;
/** Longer than any period but those that never end. */
const TOLD_FOR_MS = 400 * 24 * 60 * 60 * 1_000;
const FORGET_TOLD = 'DELETE FROM metering.told_event WHERE told_at < $1';

/** Locked, so that none is removed meanwhile and leaves what waits behind. */
const FOR_RECEIVERS = `
  INSERT INTO metering.webhook_delivery (webhook_id, event_id, body, created_at, attempts, next_at)
  SELECT w.webhook_id, told.event_id, told.body, $5, 0, $5
  FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) AS told (organization_id, type, event_id, body)
  JOIN metering.webhook w USING (organization_id)
  WHERE w.status = 'enabled' AND (w.event_types = '{}' OR told.type = ANY (w.event_types))
  FOR SHARE OF w
  ON CONFLICT DO NOTHING`;

/** One process tells at a time: what two tell of one stream would be in the log in any order. */
const ALONE = 'SELECT pg_try_advisory_xact_lock($1) AS alone';
const TELLING = advisoryKey('metering events told');

export class PostgresPendingEvents extends PendingEvents {
  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
  ) {
    super();
  }

  tell(tell: (event: PendingEvent) => Promise<NotifiedEvent | undefined>): Promise<number> {
    return this.pool.inTransaction(async (tx) => {
      const locked = await tx.query<{ alone: boolean }>(ALONE, [TELLING]);
      if (!locked.rows[0]?.alone) return 0;
      const { rows } = await tx.query<PendingRow>(
        `SELECT event_id, organization_id, type, version, data, asked FROM metering.pending_event
         ORDER BY ordinal LIMIT ${AT_ONCE_MAX}`,
      );
      const notified: NotifiedEvent[] = [];
      const told: EventId[] = [];
      const until = this.clock.monotonicMs() + TELLING_MS;
      for (const row of rows) {
        if (this.clock.monotonicMs() > until) break;
        const heard = await tell({
          id: row.event_id,
          organizationId: row.organization_id,
          event: meteringEventCodec.decode(row),
          ...(row.asked && { asked: row.asked }),
        });
        if (heard) notified.push(heard);
        told.push(row.event_id);
      }
      if (notified.length > 0) await this.keepForReceivers(tx, await this.firstTold(tx, notified));
      if (told.length > 0)
        await tx.query('DELETE FROM metering.pending_event WHERE event_id = ANY ($1)', [told]);
      return told.length;
    });
  }

  private async firstTold(
    tx: PoolClient,
    notified: readonly NotifiedEvent[],
  ): Promise<readonly NotifiedEvent[]> {
    const now = this.clock.now();
    await tx.query(FORGET_TOLD, [new Date(now.getTime() - TOLD_FOR_MS)]);
    const ids = notified.map(({ notification }) => notification.eventId);
    const { rows } = await tx.query<{ event_id: EventId }>(FIRST_TOLD, [ids, now]);
    const first = new Set(rows.map(({ event_id: id }) => id));
    return notified.filter(({ notification }) => first.has(notification.eventId));
  }

  private async keepForReceivers(tx: PoolClient, notified: readonly NotifiedEvent[]): Promise<void> {
    await tx.query(FOR_RECEIVERS, [
      notified.map(({ organizationId }) => organizationId),
      notified.map(({ type }) => type),
      notified.map(({ notification }) => notification.eventId),
      notified.map(({ notification }) => notification.body),
      this.clock.now(),
    ]);
  }
}
