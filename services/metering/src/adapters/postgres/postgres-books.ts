import type { Clock } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { advisoryKey, openSession } from '@gatehouse/postgres';
import { Books, type Days, type ReconcileScope } from '../../app/books/books.ports';
import type { Reconciliation } from '../../domain/books/reconciliation';
import { LEASES_KEPT } from './ledger-sweep';
import { rebuildUsage } from './rebuild-usage';
import { reconcileLeases } from './reconcile-leases';
import { exceptionsOf, reconcileRows } from './reconcile-ledger';
import { reconcileUsage } from './reconcile-usage';

/** Of each comparison. */
const LISTED_MAX = 100;
/** Each takes a processor of Postgres. */
const DAYS_AT_ONCE = 2;
const DAY_MS = 86_400_000;

export class PostgresBooks extends Books {
  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
  ) {
    super();
  }

  async reconcile({ fromDay, toDay, lagMs }: ReconcileScope): Promise<Reconciliation> {
    const rows = await reconcileRows(this.pool, LISTED_MAX);
    const now = this.clock.now().getTime();
    const [settledBefore, keptSince] = [new Date(now - lagMs), new Date(now - LEASES_KEPT)];
    const leases = await reconcileLeases(this.pool, { settledBefore, keptSince }, LISTED_MAX);
    const days = [];
    for (const day of daysBetween(fromDay, toDay))
      days.push(await reconcileUsage(this.pool, day, LISTED_MAX));
    const found = [rows, leases, ...days];
    return {
      rows: rows.rows,
      leases: leases.leases,
      onTheWay: leases.onTheWay,
      counters: days.reduce((sum, { counters }) => sum + counters, 0n),
      differing: found.reduce((sum, { differing }) => sum + differing, 0n),
      differences: found.flatMap(({ differences }) => differences).slice(0, 10 * LISTED_MAX),
      ...(await exceptionsOf(this.pool, keptSince, 10 * LISTED_MAX)),
    };
  }

  async rebuildCounters({ fromDay, toDay }: Days): Promise<number> {
    let wrong = 0;
    let failed = false;
    const days = daysBetween(fromDay, toDay).values();
    const worker = async (): Promise<void> => {
      for (const day of days) {
        if (failed) return;
        const ofDay = await rebuildUsage(this.pool, day);
        // Not in one: `wrong +=` would add to what it was before the other worker's days.
        wrong += ofDay;
      }
    };
    const workers = Array.from({ length: DAYS_AT_ONCE }, () =>
      worker().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    );
    // Who is told that it failed may begin anew: nothing of it goes on by then.
    await Promise.allSettled(workers);
    await Promise.all(workers);
    return wrong;
  }

  /** The lock ends with its connection: where a process dies, another does it. */
  async oncePerNight(
    night: string,
    reconcile: () => Promise<Reconciliation>,
  ): Promise<Reconciliation | undefined> {
    const session = await openSession(this.pool.pool);
    try {
      const { rows } = await session.client.query<{ ours: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS ours',
        [advisoryKey('metering reconciliation')],
      );
      if (!rows[0]?.ours) return undefined;
      const done = await this.pool.query('SELECT FROM metering.reconciliation WHERE night = $1', [night]);
      if (done.rowCount) return undefined;
      const found = await reconcile();
      await this.pool.query(
        'INSERT INTO metering.reconciliation (night, ended_at, differences, report) VALUES ($1, $2, $3, $4)',
        [night, this.clock.now(), found.differing, JSON.stringify(found, bigintAsText)],
      );
      return found;
    } finally {
      await session.close();
    }
  }
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

const daysBetween = (from: string, to: string): readonly string[] => {
  const days = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS)
    days.push(new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length));
  return days;
};
