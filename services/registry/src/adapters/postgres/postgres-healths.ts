import { integrationId, type IntegrationId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { type Health, Healths } from '../../app/health/health.ports';

interface Row {
  readonly integration_id: string;
  readonly credential_version: number;
  readonly last_success_at: Date | null;
  readonly last_unauthorized_at: Date | null;
  readonly last_forbidden_at: Date | null;
  readonly last_rate_limited_at: Date | null;
}

const TIMES = ['last_success_at', 'last_unauthorized_at', 'last_forbidden_at', 'last_rate_limited_at'];

/** Of the same version the later time; of a later version its own. */
const LATER = TIMES.map(
  (time) => `${time} = CASE WHEN kept.credential_version = excluded.credential_version
    THEN greatest(kept.${time}, excluded.${time}) ELSE excluded.${time} END`,
).join(', ');

export class PostgresHealths extends Healths {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async merge(health: Health): Promise<Health | undefined> {
    const { rows } = await this.pool.query<Row>(
      `INSERT INTO registry.integration_health AS kept (integration_id, credential_version, last_success_at,
         last_unauthorized_at, last_forbidden_at, last_rate_limited_at)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (integration_id) DO UPDATE SET credential_version = excluded.credential_version, ${LATER}
         WHERE kept.credential_version <= excluded.credential_version
       RETURNING *`,
      [
        health.integrationId,
        health.credentialVersion,
        health.lastSuccessAt,
        health.lastUnauthorizedAt,
        health.lastForbiddenAt,
        health.lastRateLimitedAt,
      ],
    );
    return rows.map(fromRow)[0];
  }

  async find(id: IntegrationId): Promise<Health | undefined> {
    const { rows } = await this.pool.query<Row>(
      'SELECT * FROM registry.integration_health WHERE integration_id = $1',
      [id],
    );
    return rows.map(fromRow)[0];
  }

  async findAll(ids: readonly IntegrationId[]): Promise<readonly Health[]> {
    const { rows } = await this.pool.query<Row>(
      'SELECT * FROM registry.integration_health WHERE integration_id = ANY ($1)',
      [ids],
    );
    return rows.map(fromRow);
  }
}

const fromRow = (row: Row): Health => ({
  integrationId: integrationId(row.integration_id),
  credentialVersion: row.credential_version,
  lastSuccessAt: row.last_success_at ?? undefined,
  lastUnauthorizedAt: row.last_unauthorized_at ?? undefined,
  lastForbiddenAt: row.last_forbidden_at ?? undefined,
  lastRateLimitedAt: row.last_rate_limited_at ?? undefined,
});
