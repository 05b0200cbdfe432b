import type { Client } from 'pg';
import { eventually } from '@gatehouse/kernel/testing';

/** Arbitrary; held while nobody is to get past the barrier. */
const BARRIER = 7_316_225_480_001n;
const WITHIN_MS = 30_000;

/**
 * Stops every transaction that writes a row to a table right after the row: what it applied is there, and its commit is
 * not. The connection is the barrier: rows pass again when `lift` resolves.
 */
export class CommitBarrier {
  private constructor(
    private readonly owner: Client,
    private readonly table: string,
  ) {}

  static async raise(owner: Client, table: string): Promise<CommitBarrier> {
    await owner.query('SELECT pg_advisory_lock($1)', [BARRIER]);
    await owner.query(`
      CREATE FUNCTION public.commit_barrier() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock_shared(${BARRIER}); RETURN NULL; END $$`);
    await owner.query(
      `CREATE TRIGGER commit_barrier AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION public.commit_barrier()`,
    );
    return new CommitBarrier(owner, table);
  }

  /** Resolves when somebody stands before it. */
  async isReached(): Promise<void> {
    await eventually(async () => {
      const { rows } = await this.owner.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND (classid::bigint << 32 | objid::bigint) = $1`,
        [BARRIER],
      );
      if (rows.length === 0) throw new Error(`nobody writes to ${this.table}`);
    }, WITHIN_MS);
  }

  async lift(): Promise<void> {
    await this.owner.query('SELECT pg_advisory_unlock($1)', [BARRIER]);
    await this.owner.query(`DROP TRIGGER commit_barrier ON ${this.table}`);
    await this.owner.query('DROP FUNCTION public.commit_barrier()');
  }
}
