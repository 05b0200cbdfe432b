import type { Clock, JournalId, PageRequest } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { JournalAccounts, type JournalState } from '../../app/journal/journal.ports';

const HOLDING = `
  SELECT journal_id, count(*) FILTER (WHERE status = 'open')::int AS open,
    count(*) FILTER (WHERE status = 'quarantined')::int AS quarantined, max(deadline) AS deadline
  FROM metering.held_lease
  WHERE status <> 'closed' AND ($1::text IS NULL OR journal_id > $1)
  GROUP BY journal_id ORDER BY journal_id LIMIT $2`;

const QUARANTINED = `
  SELECT number FROM metering.held_lease
  WHERE journal_id = $1 AND status = 'quarantined' ORDER BY number LIMIT 1000`;

const RECOVER = `
  WITH noticed AS (DELETE FROM metering.ledger_restored RETURNING noticed_at)
  INSERT INTO metering.ledger_recovery (noticed_at, recovered_at, reason)
  SELECT noticed_at, $1, $2 FROM noticed`;

export class PostgresJournalAccounts extends JournalAccounts {
  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
  ) {
    super();
  }

  async holding({ after, size }: PageRequest<JournalId>): Promise<readonly JournalState[]> {
    const { rows } = await this.pool.query<{
      journal_id: JournalId;
      open: number;
      quarantined: number;
      deadline: Date;
    }>(HOLDING, [after ?? null, size]);
    return rows.map(({ journal_id: id, open, quarantined, deadline }) => ({
      id,
      openLeases: open,
      quarantinedLeases: quarantined,
      deadline,
    }));
  }

  async quarantinedOf(id: JournalId): Promise<readonly bigint[]> {
    const { rows } = await this.pool.query<{ number: bigint }>(QUARANTINED, [id]);
    return rows.map(({ number }) => number);
  }

  async restoredAt(): Promise<Date | undefined> {
    const { rows } = await this.pool.query<{ noticed_at: Date }>(
      'SELECT noticed_at FROM metering.ledger_restored',
    );
    return rows[0]?.noticed_at;
  }

  async recover(reason: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(RECOVER, [this.clock.now(), reason]);
    return (rowCount ?? 0) > 0;
  }
}
