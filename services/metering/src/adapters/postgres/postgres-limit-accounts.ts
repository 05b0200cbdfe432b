import type { Clock, LimitId, PageRequest } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { LimitAccounts, type LimitCursor, type LimitFilter } from '../../app/limit/limit.ports';
import { type LedgerRow, presentRow } from '../../domain/ledger/ledger-row';
import { rowsSince } from './ledger-pages';
import { fromRowLedger, fromRowsScopes, type LedgerDbRow, type ScopeDbRow } from './ledger.rows';
import { KEY_TEMPLATE } from './limits.projection';

const LIMITS = `
  SELECT s.scope_kind, s.scope_id, s.organization_id, s.revision, l.limit_id, l.unit, l.amount, l.period, l.every_days,
    l.weekday, l.time_zone, l.strict, l.alerts, l.created_at, l.rule_since, l.raise_more, l.raise_until, s.expires_at
  FROM metering_limits.scope s JOIN metering_limits.limit_in_force l USING (scope_kind, scope_id)
  WHERE s.organization_id = $1 AND s.scope_kind <> '${KEY_TEMPLATE}'
    AND ($2::text[] IS NULL OR s.scope_id = ANY ($2))
    AND ($3::text IS NULL OR s.scope_id = $4 OR (s.workspace_id = $3
      AND ($4::text IS NULL OR s.scope_kind IN ('workspace', 'provision'))))
    AND ($9::text IS NULL OR l.limit_id = $9)
    AND ($5::text IS NULL OR (s.scope_kind, s.scope_id, l.limit_id) > ($5, $6, $7))
  ORDER BY s.scope_kind, s.scope_id, l.limit_id
  LIMIT $8`;

const PRESENT = `
  SELECT present.* FROM unnest($1::text[]) AS wanted (limit_id)
  CROSS JOIN LATERAL (${rowsSince('wanted.limit_id', '$2')}) AS present
  ORDER BY present.limit_id, present.period_start`;

export class PostgresLimitAccounts extends LimitAccounts {
  constructor(
    private readonly pool: PgPool,
    private readonly clock: Clock,
  ) {
    super();
  }

  async find(
    { organizationId, within, scopeIds, limitId }: LimitFilter,
    { after, size }: PageRequest<LimitCursor>,
  ): ReturnType<LimitAccounts['find']> {
    const { rows } = await this.pool.query<ScopeDbRow>(LIMITS, [
      organizationId,
      scopeIds ?? null,
      within?.workspaceId ?? null,
      within?.apiKeyId ?? null,
      after?.scopeKind ?? null,
      after?.scopeId ?? null,
      after?.limitId ?? null,
      size,
      limitId ?? null,
    ]);
    const limits = fromRowsScopes(rows).flatMap((scope) => scope.limits);
    const now = this.clock.now();
    const since = await this.rowsSince(
      limits.map(({ limit }) => limit.id),
      now,
    );
    return limits.map((inForce) => ({
      inForce,
      latest: presentRow(
        since.filter(({ limitId: id }) => id === inForce.limit.id),
        now,
      ),
    }));
  }

  private async rowsSince(limitIds: readonly LimitId[], now: Date): Promise<readonly LedgerRow[]> {
    const { rows } = await this.pool.query<LedgerDbRow>(PRESENT, [limitIds, now.toISOString()]);
    return rows.map(fromRowLedger);
  }
}
