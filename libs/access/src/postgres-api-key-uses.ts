import { type ApiKeyId, apiKeyId } from '@gatehouse/kernel';
import { advisoryKey, inTransaction, rethrow } from '@gatehouse/postgres';
import { escapeIdentifier, type Pool } from 'pg';
import { ApiKeyUses, type KeptUses } from './api-key-uses';

/** A row of some 60 bytes for each key that ever called the service, in the service's own schema. */
export class PostgresApiKeyUses extends ApiKeyUses {
  private readonly table: string;
  private readonly began: string;

  constructor(
    private readonly pool: Pool,
    private readonly schema: string,
  ) {
    super();
    this.table = `${escapeIdentifier(schema)}.api_key_use`;
    this.began = `${escapeIdentifier(schema)}.api_key_uses_since`;
  }

  /** Makes the tables; for boot, once the schema is there. */
  ensureTables(): Promise<void> {
    return inTransaction(this.pool, async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryKey(`key uses ${this.schema}`)]);
      await tx.query(`CREATE TABLE IF NOT EXISTS ${this.table} (
        api_key_id text        PRIMARY KEY,
        hour       timestamptz NOT NULL
      )`);
      await tx.query(`CREATE TABLE IF NOT EXISTS ${this.began} (since timestamptz NOT NULL)`);
      await tx.query(`INSERT INTO ${this.began} SELECT now() WHERE NOT EXISTS (SELECT FROM ${this.began})`);
    });
  }

  async keep(hours: ReadonlyMap<ApiKeyId, Date>): Promise<void> {
    // In one order, so that replicas which write the same keys do not wait for each other in a circle.
    const sorted = [...hours].sort(([a], [b]) => (a < b ? -1 : 1));
    const values = [sorted.map(([id]) => id), sorted.map(([, hour]) => hour)];
    await this.pool
      .query(
        `INSERT INTO ${this.table} AS kept (api_key_id, hour) SELECT * FROM unnest($1::text[], $2::timestamptz[])
         ON CONFLICT (api_key_id) DO UPDATE SET hour = excluded.hour WHERE kept.hour < excluded.hour`,
        values,
      )
      .catch(rethrow);
  }

  async find(apiKeyIds: readonly ApiKeyId[]): Promise<KeptUses> {
    const { rows } = await this.pool
      .query<{ since: Date; api_key_id: string | null; hour: Date | null }>(
        `SELECT since, api_key_id, hour FROM ${this.began} LEFT JOIN ${this.table} ON api_key_id = ANY($1)`,
        [apiKeyIds],
      )
      .catch(rethrow);
    const [first] = rows;
    if (!first) throw new Error('the uses of keys have no beginning');
    const hours = rows.flatMap(({ api_key_id: id, hour }) =>
      id !== null && hour !== null ? [[apiKeyId(id), hour] as const] : [],
    );
    return { hours: new Map(hours), since: first.since };
  }
}
