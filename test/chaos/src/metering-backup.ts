import type { Product } from '@gatehouse/e2e';
import { databaseRoleOf } from '@gatehouse/topology';
import type { Client } from 'pg';
import type { ForgottenLease } from './books';

const SCHEMA = 'chaos_backup';

interface Table {
  readonly name: string;
  readonly copy: string;
  readonly columns: string;
}

/** All that metering has in the database, as it was at one moment, its place in every topic included. */
export class MeteringBackup {
  private constructor(
    private readonly product: Product,
    private readonly tables: readonly Table[],
  ) {}

  static take(product: Product): Promise<MeteringBackup> {
    return product.database(async (owner) => {
      await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await owner.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
      await owner.query(`CREATE SCHEMA ${SCHEMA}`);
      const tables = await tablesOf(owner);
      for (const { name, copy, columns } of tables)
        await owner.query(`CREATE TABLE ${copy} AS SELECT ${columns} FROM ${name}`);
      await owner.query('COMMIT');
      return new MeteringBackup(product, tables);
    });
  }

  /** Answers the leases that were granted since, which journals then know of. Metering is killed, and starts on what it finds. */
  async restore(): Promise<readonly ForgottenLease[]> {
    const pid = this.product.pidOf('metering');
    if (pid === undefined) throw new Error('metering does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      return await this.product.database((owner) => this.replace(owner));
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  }

  private async replace(owner: Client): Promise<readonly ForgottenLease[]> {
    await owner.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [
      databaseRoleOf('metering'),
    ]);
    await owner.query('BEGIN');
    // Neither triggers nor references: it is put back as it was.
    await owner.query('SET LOCAL session_replication_role = replica');
    const { rows } = await owner.query<{ limitId: string; journalId: string; id: string; amount: string }>(
      `SELECT limit_id AS "limitId", journal_id AS "journalId", journal_id || '.' || number AS id,
         (CASE WHEN status = 'closed' THEN sum ELSE greatest(cap, sum) END)::text AS amount
       FROM metering.held_lease l WHERE NOT EXISTS (
         SELECT FROM ${this.copyOf('metering.held_lease')} c WHERE c.journal_id = l.journal_id AND c.number = l.number)`,
    );
    await owner.query(`TRUNCATE ${this.tables.map(({ name }) => name).join(', ')}`);
    for (const { name, copy, columns } of this.tables)
      await owner.query(
        `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${copy}`,
      );
    await owner.query('COMMIT');
    return rows.map(({ amount, ...lease }) => ({ ...lease, amount: BigInt(amount) }));
  }

  private copyOf(table: string): string {
    const found = this.tables.find(({ name }) => name === table);
    if (!found) throw new Error(`there is no ${table}`);
    return found.copy;
  }
}

const tablesOf = async (owner: Client): Promise<readonly Table[]> => {
  const { rows } = await owner.query<{ name: string; columns: string }>(
    `SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND (n.nspname = 'metering' OR n.nspname LIKE 'metering\\_%')
     GROUP BY c.oid ORDER BY 1`,
  );
  return rows.map(({ name, columns }, index) => ({ name, columns, copy: `${SCHEMA}.copy_${index}` }));
};
