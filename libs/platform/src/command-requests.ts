import { AppError } from '@gatehouse/kernel';
import { advisoryKey } from '@gatehouse/postgres';
import { escapeIdentifier } from 'pg';
import type { PgPool } from './pg-pool';

/** One use of a request id. */
export interface CommandRequest {
  /** Within each of these the id is used once: organizations, and '' for what the operator asks. In a fixed order. */
  readonly scopes: readonly string[];
  readonly requestId: string;
  /** The RPC, for people who look into the table. */
  readonly command: string;
  /** The same for the same content, and nothing that tells the content: `CommandDigest`. */
  readonly digest: Uint8Array;
}

/**
 * Which request ids were used for what: a row of some 150 bytes for every command that was not refused, or was proposed. Rows live as
 * long as the log does, since a repetition may come at any time and the events it would find are there for ever; so is its proposal.
 */
export class CommandRequests {
  private readonly table: string;

  /** @param schema The service's own. */
  constructor(
    private readonly pool: PgPool,
    private readonly schema: string,
  ) {
    this.table = `${escapeIdentifier(schema)}.command_request`;
  }

  /** Makes the table; for boot, once the schema is there. */
  ensureTable(): Promise<void> {
    return this.pool.inTransaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryKey(`command requests ${this.schema}`)]);
      await tx.query(`CREATE TABLE IF NOT EXISTS ${this.table} (
        organization_id text        NOT NULL,
        request_id      text        NOT NULL,
        command         text        NOT NULL,
        digest          bytea       NOT NULL,
        done            boolean     NOT NULL DEFAULT false,
        recorded_at     timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, request_id)
      )`);
    });
  }

  /**
   * Takes the id for this content before the command runs; answers the scopes in which it was free. The same content
   * may go on; CONFLICT `REQUEST_ID_REUSED` for another, and then nothing was taken.
   */
  claim(request: CommandRequest): Promise<readonly string[]> {
    const { scopes, requestId, command, digest } = request;
    return this.pool.inTransaction(async (tx) => {
      const { rows: taken } = await tx.query<{ organization_id: string }>(
        `INSERT INTO ${this.table} (organization_id, request_id, command, digest)
         SELECT scope, $2, $3, $4 FROM unnest($1::text[]) AS scope
         ON CONFLICT DO NOTHING RETURNING organization_id`,
        [scopes, requestId, command, digest],
      );
      // A statement of its own: only a new snapshot sees a row that the insert had to wait for.
      const { rows: others } = await tx.query(
        `SELECT 1 FROM ${this.table} WHERE organization_id = ANY($1) AND request_id = $2 AND digest <> $3`,
        [scopes, requestId, digest],
      );
      if (others.length > 0) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
      return taken.map((row) => row.organization_id);
    });
  }

  /** The command was carried out, or is to be once it is approved: a refusal of the same request, asked at the same time, no longer gives the id back. */
  async done({ scopes, requestId, command, digest }: CommandRequest): Promise<void> {
    await this.pool.query(
      `INSERT INTO ${this.table} AS known (organization_id, request_id, command, digest, done)
       SELECT scope, $2, $3, $4, true FROM unnest($1::text[]) AS scope
       ON CONFLICT (organization_id, request_id) DO UPDATE SET done = true
       WHERE known.digest = excluded.digest AND NOT known.done`,
      [scopes, requestId, command, digest],
    );
  }

  /** The command was refused, so that the id is free again in the scopes that its claim took. */
  async release({ requestId, digest }: CommandRequest, taken: readonly string[]): Promise<void> {
    await this.pool.query(
      `DELETE FROM ${this.table}
       WHERE organization_id = ANY($1) AND request_id = $2 AND digest = $3 AND NOT done`,
      [taken, requestId, digest],
    );
  }
}
