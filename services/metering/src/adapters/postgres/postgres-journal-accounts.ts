import type { Clock, JournalId, PageRequest } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { JournalAccounts, type JournalState } from '../../app/journal/journal.ports';
import type { LeaseTerms } from '../../domain/lease/lease';
import type { Asked } from '../../domain/lease/lease.events';

const STATES = `
  SELECT journal_id, count(*) FILTER (WHERE status = 'open')::int AS open,
    count(*) FILTER (WHERE status = 'quarantined')::int AS quarantined, max(deadline) AS deadline
  FROM metering.held_lease`;

const HOLDING = `${STATES}
  WHERE status <> 'closed' AND ($1::text IS NULL OR journal_id > $1)
  GROUP BY journal_id ORDER BY journal_id LIMIT $2`;

const UNHEARD = `
  SELECT journal_id, coalesce(open, 0) AS open, coalesce(quarantined, 0) AS quarantined, coalesce(deadline, untold_at) AS deadline
  FROM metering.journal LEFT JOIN (${STATES} WHERE status <> 'closed' GROUP BY journal_id) AS holding USING (journal_id)
  WHERE deadline <= $1 OR untold_at IS NOT NULL
  ORDER BY journal_id LIMIT 1000`;

const QUARANTINED = `
  SELECT number FROM metering.held_lease
  WHERE journal_id = $1 AND status = 'quarantined' ORDER BY number LIMIT 1000`;

/** What fell silent after a request was first made is not meant by it, however often it is repeated. */
const QUARANTINED_UNDER = `
  SELECT journal_id AS "journalId", array_agg(number) AS numbers FROM (
    SELECT journal_id, number FROM metering.held_lease
    WHERE limit_id = $1 AND status = 'quarantined' AND deadline <= coalesce($2::timestamptz, (
      SELECT recorded_at FROM metering.command_request WHERE organization_id = $3 AND request_id = $4))
    ORDER BY journal_id, number LIMIT 1000
  ) AS silent
  GROUP BY journal_id`;

/** As the ledger does, before it says that it was restored. */
const LOCK_JOURNALS = 'SELECT FROM metering.journal ORDER BY journal_id FOR NO KEY UPDATE';

const RECOVER = `
  WITH noticed AS (DELETE FROM metering.ledger_restored RETURNING noticed_at)
  INSERT INTO metering.ledger_recovery (noticed_at, recovered_at, reason, actor)
  SELECT noticed_at, greatest($1, (SELECT max(recovered_at) + '1 ms' FROM metering.ledger_recovery)), $2, $3 FROM noticed`;

/** Journals say each second what they have still to tell; one that has not for so long is taken to be gone. */
const SILENT_AFTER_MS = 10_000;

const SOME_UNTOLD = 'SELECT FROM metering.journal WHERE untold_at >= $1 LIMIT 1';

const HEARD = 'UPDATE metering.journal SET lost_up_to = last_lease, untold_at = NULL';

interface StateDbRow {
  journal_id: JournalId;
  open: number;
  quarantined: number;
  deadline: Date;
}

export class PostgresJournalAccounts extends JournalAccounts {
  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
    private readonly terms: LeaseTerms,
  ) {
    super();
  }

  holding({ after, size }: PageRequest<JournalId>): Promise<readonly JournalState[]> {
    return this.statesBy(HOLDING, [after ?? null, size]);
  }

  /** What was said of a lease last put its deadline so much later. */
  unheardSince(since: Date): Promise<readonly JournalState[]> {
    return this.statesBy(UNHEARD, [new Date(since.getTime() + this.terms.ttlMs + this.terms.marginMs)]);
  }

  private async isSomeUntold(db: Pick<PgPool, 'query'>): Promise<boolean> {
    const since = new Date(this.clock.now().getTime() - SILENT_AFTER_MS);
    return (await db.query(SOME_UNTOLD, [since])).rowCount === 1;
  }

  private async statesBy(sql: string, values: readonly unknown[]): Promise<readonly JournalState[]> {
    const { rows } = await this.pool.query<StateDbRow>(sql, values);
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

  async quarantinedUnder(
    ...[limitId, when]: Parameters<JournalAccounts['quarantinedUnder']>
  ): ReturnType<JournalAccounts['quarantinedUnder']> {
    const values = when instanceof Date ? [when, null, null] : [null, when.organizationId, when.requestId];
    const { rows } = await this.pool.query<{ journalId: JournalId; numbers: bigint[] }>(QUARANTINED_UNDER, [
      limitId,
      ...values,
    ]);
    return rows;
  }

  async restoredAt(): Promise<Date | undefined> {
    const { rows } = await this.pool.query<{ noticed_at: Date }>(
      'SELECT noticed_at FROM metering.ledger_restored',
    );
    return rows[0]?.noticed_at;
  }

  someUntold(): Promise<boolean> {
    return this.isSomeUntold(this.pool);
  }

  recover({ actor, reason }: Pick<Asked, 'actor' | 'reason'>): Promise<boolean> {
    return this.pool.inTransaction(async (tx) => {
      await tx.query(LOCK_JOURNALS);
      if (await this.isSomeUntold(tx)) return false;
      const { rowCount } = await tx.query(RECOVER, [this.clock.now(), reason, JSON.stringify(actor)]);
      if (rowCount !== 1) return false;
      await tx.query(HEARD);
      return true;
    });
  }
}
