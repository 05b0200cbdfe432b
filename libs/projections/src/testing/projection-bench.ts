import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { createPool } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { ensureProjectionBookkeeping } from '../bookkeeping';

/** The main schema of the service under test. */
export const SERVICE = 'shop';

/** Whose relay publishes what the service under test hears; its bookkeeping is not there until it is asked for. */
export const OWNER = 'registry';

/** A database with bookkeeping, and what the specs ask of it. */
export class ProjectionBench {
  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
    /** As the service that owns what is appended and published. */
    readonly ownersPool: Pool,
  ) {}

  static async open(): Promise<ProjectionBench> {
    const database = await testDatabase({
      migrations: ['libs/event-store-postgres/migrations', 'libs/bus-postgres/migrations'],
    });
    const pool = createPool(database.url, { name: 'spec', max: 10 });
    const ownersPool = createPool(database.urlAs(OWNER), { name: 'spec', max: 10 });
    await ensureProjectionBookkeeping(pool, SERVICE);
    return new ProjectionBench(database, pool, ownersPool);
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.ownersPool.end();
    await this.database.drop();
  }

  /** Slugs that the projection has of the stream, in order of revision; empty while it has no tables. */
  async slugsOf(stream: string, schema = 'shop_slugs'): Promise<string[]> {
    const { rows } = await this.pool
      .query<{ slug: string }>(`SELECT slug FROM ${schema}.seen WHERE stream = $1 ORDER BY revision`, [
        stream,
      ])
      .catch(() => ({ rows: [] }));
    return rows.map(({ slug }) => slug);
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    return rows[0]?.n ?? 0;
  }

  /** Ends connections of the database other than its own, as a crash of their processes would. */
  async cut(where: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`,
    );
    return rowCount ?? 0;
  }
}

/** Ends connections that hold session advisory locks: leaders and members of groups. */
export const LOCK_HOLDERS = `pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`;

/** `0` … `count - 1` as text. */
export const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));
