import { BEFORE_FIRST, type Position, position } from '@gatehouse/event-store';
import { integrationId, organizationId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import type { Tx } from '@gatehouse/projections';
import {
  CleanupMemory,
  type Reservation,
  type ReservationChange,
} from '../../app/integration/integration.ports';
import { slug } from '../../domain/slug/slug';

const OPEN_MAX = 500;

/** The checkpoint and the open reservations, in two tables that change together. */
export class PostgresCleanupMemory extends CleanupMemory {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async checkpoint(): Promise<Position> {
    const { rows } = await this.pool.query<{ position: bigint }>(
      'SELECT position FROM registry.cleanup_checkpoint',
    );
    return rows[0] === undefined ? BEFORE_FIRST : position(rows[0].position);
  }

  async advance(changes: readonly ReservationChange[], checkpoint: Position): Promise<void> {
    await this.pool.inTransaction(async (tx) => {
      const { rows } = await tx.query<{ position: bigint }>(
        'SELECT position FROM registry.cleanup_checkpoint FOR UPDATE',
      );
      const stored = rows[0]?.position ?? 0n;
      for (const change of changes) if (change.position > stored) await apply(tx, change);
      await tx.query('UPDATE registry.cleanup_checkpoint SET position = greatest(position, $1)', [
        checkpoint,
      ]);
    });
  }

  async openSince(before: Date): Promise<readonly Reservation[]> {
    const { rows } = await this.pool.query<{ organization_id: string; slug: string; integration_id: string }>(
      `SELECT organization_id, slug, integration_id FROM registry.open_reservation
       WHERE reserved_at < $1 ORDER BY reserved_at LIMIT ${OPEN_MAX}`,
      [before],
    );
    return rows.map((row) => ({
      organizationId: organizationId(row.organization_id),
      slug: slug(row.slug),
      integrationId: integrationId(row.integration_id),
    }));
  }
}

const apply = async (tx: Tx, { kind, reservation, at }: ReservationChange): Promise<void> => {
  const key = [reservation.organizationId, reservation.slug, reservation.integrationId];
  if (kind === 'begun') {
    await tx.query(
      `INSERT INTO registry.open_reservation (organization_id, slug, integration_id, reserved_at)
       VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [...key, at],
    );
  } else {
    await tx.query(
      'DELETE FROM registry.open_reservation WHERE organization_id = $1 AND slug = $2 AND integration_id = $3',
      key,
    );
  }
};
