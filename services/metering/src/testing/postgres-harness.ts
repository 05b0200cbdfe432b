import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { FixedClock } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import { Client, type Pool, type QueryResultRow } from 'pg';
import { budgetEventCodec } from '../adapters/events/budget-event.codec';
import { fromRowHeldLease, type HeldLeaseDbRow } from '../adapters/postgres/held-lease.rows';
import {
  fromRowLedger,
  fromRowsLeases,
  type LeaseDbRow,
  type LedgerDbRow,
} from '../adapters/postgres/ledger.rows';
import { limitsProjection } from '../adapters/postgres/limits.projection';
import { PostgresLedger } from '../adapters/postgres/postgres-ledger';
import { PostgresUsageRollups } from '../adapters/postgres/postgres-usage-rollups';
import { PostgresWaitingLines } from '../adapters/postgres/postgres-waiting-lines';
import { ruleOf } from '../domain/period/period';
import type { ScopeInForce } from '../domain/limit/limit-in-force';
import { type LedgerHarness, serve, START, TERMS } from './ledger-harness';

export const MIGRATIONS = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/metering/migrations',
];

export interface MeteringDatabase {
  readonly database: TestDatabase;
  /** As the service's own role. */
  readonly pool: Pool;
  close(): Promise<void>;
}

/** A migrated database with the tables of the limits projection, empty. */
export const meteringDatabase = async (): Promise<MeteringDatabase> => {
  const database = await testDatabase({ migrations: MIGRATIONS });
  const pool = createPool(database.urlAs('metering'), { name: 'metering-spec', max: 4 });
  await pool.query(`CREATE SCHEMA ${limitsProjection.schema}; SET search_path = ${limitsProjection.schema};
    ${limitsProjection.ddl}; RESET search_path`);
  return {
    database,
    pool,
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
};

/** A statement by the owner of the tables, who may change anything in them. */
export const asOwner = async <Row extends QueryResultRow>(
  { database }: MeteringDatabase,
  sql: string,
): Promise<Row[]> => {
  const client = new Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** Every table of the service, empty again. */
export const emptyTables = async (shared: MeteringDatabase): Promise<void> => {
  const rows = await asOwner<{ name: string }>(
    shared,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE 'metering%'`,
  );
  await asOwner(shared, rows.map(({ name }) => `DELETE FROM ${name}`).join('; '));
};

/** Rolls up what was counted, some of it or all; nothing where another does it just then. */
export const rollUpUsage = (shared: MeteringDatabase, max = 100_000): Promise<number> =>
  new PostgresUsageRollups(new PgPool(shared.pool)).rollUp(new Date('9999-01-01'), max);

/** The real tables, reached as the service reaches them; they are emptied first. */
export const postgresHarness = async (shared: MeteringDatabase): Promise<LedgerHarness> => {
  await emptyTables(shared);
  const { pool } = shared;
  const clock = new FixedClock(START);
  const ledger = new PostgresLedger({ pool, clock, terms: TERMS });
  return { ...harnessOf(pool, clock, ledger), close: () => ledger.close() };
};

export const harnessOf = (
  pool: Pool,
  clock: FixedClock,
  ledger: PostgresLedger,
): Omit<LedgerHarness, 'close'> => ({
  ledger,
  clock,
  setScope: (scope) => writeScope(pool, scope),
  rows: async () => {
    const { rows } = await pool.query<LedgerDbRow>(
      'SELECT * FROM metering.ledger ORDER BY limit_id, period_start',
    );
    return rows.map(fromRowLedger);
  },
  leases: async () => {
    const { rows } = await pool.query<LeaseDbRow>(
      'SELECT * FROM metering.lease JOIN metering.lease_limit USING (lease_id) ORDER BY lease_id, limit_id',
    );
    return fromRowsLeases(rows);
  },
  heldLeases: async () => {
    const { rows } = await pool.query<HeldLeaseDbRow>(
      'SELECT * FROM metering.held_lease ORDER BY journal_id, number',
    );
    return rows.map(fromRowHeldLease);
  },
  serveLines: async () => {
    const lines = new PostgresWaitingLines(new PgPool(pool), clock);
    const { asks } = await lines.toServe([...(await lines.waitedFor()).keys()]);
    return serve(ledger, asks);
  },
  wanted: async () => {
    const lines = new PostgresWaitingLines(new PgPool(pool), clock);
    return (await lines.toServe([...(await lines.waitedFor()).keys()])).wanted;
  },
  events: async () => {
    const { rows } = await pool.query(
      "SELECT type, version, data FROM metering.pending_event WHERE stream LIKE 'budget-%' ORDER BY ordinal",
    );
    return rows.map((row) => budgetEventCodec.decode(row));
  },
});

/** As the projection would, once it had applied the scope's events. */
export const writeScope = async (
  pool: Pool,
  { scope, organizationId, revision, limits, expiresAt }: ScopeInForce,
): Promise<void> => {
  await pool.query(
    `INSERT INTO metering_limits.scope VALUES ($1, $2, $3, '', $4, $5, now())
     ON CONFLICT (scope_id, scope_kind) DO UPDATE SET revision = excluded.revision, expires_at = excluded.expires_at`,
    [scope.kind, scope.id, organizationId, revision, expiresAt ?? null],
  );
  await pool.query('DELETE FROM metering_limits.limit_in_force WHERE scope_kind = $1 AND scope_id = $2', [
    scope.kind,
    scope.id,
  ]);
  for (const { limit, createdAt, ruleSince } of limits) {
    const rule = ruleOf(limit);
    await pool.query(
      `INSERT INTO metering_limits.limit_in_force VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $15, $11, $12, $13, $14)`,
      [
        limit.id,
        scope.kind,
        scope.id,
        limit.unit,
        limit.amount,
        rule.period,
        rule.period === 'days' ? rule.everyDays : 0,
        rule.period === 'weekly' ? (rule.weekday ?? '') : '',
        'timeZone' in rule ? (rule.timeZone ?? '') : '',
        limit.kind === 'budget' && limit.strict,
        createdAt,
        ruleSince,
        limit.raise?.more ?? null,
        limit.raise?.until ?? null,
        limit.kind === 'budget' && limit.alerts ? limit.alerts.join(',') : null,
      ],
    );
  }
};
