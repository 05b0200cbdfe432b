import { apiKeyId, organizationId, type SessionId, sessionId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { SessionUses, type UnusedSession, type UsedSession } from '../../app/session/session.ports';

interface UseRow {
  readonly session_id: string;
  readonly api_key_id: string;
  readonly organization_id: string;
  readonly used_at: Date;
}

const AT_ONCE_MAX = 100;

/** In `provisioning.session_use`. */
@Injectable()
export class PostgresSessionUses extends SessionUses {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async begin(session: UsedSession, at: Date): Promise<void> {
    await this.pool.query(
      `INSERT INTO provisioning.session_use (session_id, api_key_id, organization_id, used_at)
       VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [session.sessionId, session.apiKeyId, session.organizationId, at],
    );
  }

  async use(id: SessionId, at: Date, lastUsedAfter: Date): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE provisioning.session_use SET used_at = greatest(used_at, $2) WHERE session_id = $1 AND used_at > $3`,
      [id, at, lastUsedAfter],
    );
    return rowCount === 1;
  }

  async wasUsed(id: SessionId, lastUsedAfter: Date): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      'SELECT FROM provisioning.session_use WHERE session_id = $1 AND used_at > $2',
      [id, lastUsedAfter],
    );
    return rowCount === 1;
  }

  async unusedSince(
    lastUsedBefore: Date,
    after: UnusedSession | undefined,
  ): Promise<readonly UnusedSession[]> {
    const { rows } = await this.pool.query<UseRow>(
      `SELECT session_id, api_key_id, organization_id, used_at FROM provisioning.session_use
       WHERE used_at <= $1 AND ($2::timestamptz IS NULL OR (used_at, session_id) > ($2, $3::text))
       ORDER BY used_at, session_id LIMIT ${AT_ONCE_MAX}`,
      [lastUsedBefore, after?.usedAt, after?.sessionId],
    );
    return rows.map((row) => ({
      sessionId: sessionId(row.session_id),
      apiKeyId: apiKeyId(row.api_key_id),
      organizationId: organizationId(row.organization_id),
      usedAt: row.used_at,
    }));
  }

  async forget(id: SessionId): Promise<void> {
    await this.pool.query('DELETE FROM provisioning.session_use WHERE session_id = $1', [id]);
  }
}
