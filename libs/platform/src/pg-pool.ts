import { inTransaction, rethrow } from '@gatehouse/postgres';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';

/** The service's pool, under its own database role. int8 columns arrive as bigint. */
export class PgPool {
  constructor(readonly pool: Pool) {}

  /** UNAVAILABLE `DATABASE_UNAVAILABLE` where the connection failed. */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>> {
    return this.pool.query<Row>(text, values as unknown[]).catch(rethrow);
  }

  inTransaction<T>(work: (tx: PoolClient) => Promise<T>): Promise<T> {
    return inTransaction(this.pool, work);
  }
}
