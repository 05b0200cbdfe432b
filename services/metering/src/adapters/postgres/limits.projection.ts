import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import { fromRecordedLimit, RequestChecks } from '@gatehouse/grpc';
import type { Limit, ScopeKind } from '@gatehouse/kernel';
import type { Projection, Tx } from '@gatehouse/projections';
import type { typeV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';

const DDL = `
  CREATE TABLE scope (
    scope_id        text   PRIMARY KEY,
    scope_kind      text   NOT NULL,
    organization_id text   NOT NULL,
    -- Empty for admin keys, which belong to no workspace.
    workspace_id    text   NOT NULL,
    -- Of the newest event of the scope's stream that was applied.
    revision        bigint NOT NULL,
    -- When a provision ends by itself.
    expires_at      timestamptz
  );
  CREATE INDEX scope_of_organization ON scope (organization_id);

  CREATE TABLE limit_in_force (
    limit_id   text        PRIMARY KEY,
    scope_id   text        NOT NULL,
    unit       text        NOT NULL,
    amount     bigint      NOT NULL,
    period     text        NOT NULL,
    every_days integer     NOT NULL,
    strict     boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    rule_since timestamptz NOT NULL,
    -- More of it until then.
    raise_more  bigint,
    raise_until timestamptz,
    CHECK ((raise_more IS NULL) = (raise_until IS NULL))
  );
  CREATE INDEX limit_of_scope ON limit_in_force (scope_id)`;

/** The limits of every scope, as provisioning's events tell them, and how far each scope has been heard. */
export const limitsProjection: Projection = {
  name: 'limits',
  schema: 'metering_limits',
  version: 2,
  ddl: DDL,
  source: { kind: 'bus', topics: [TOPICS.provisioningEvents] },
  apply: (tx, event) => applyLimits(tx, event),
};

interface ScopeChange {
  readonly id: string;
  /** Absent where the scope is known already. */
  readonly created?: {
    readonly kind: ScopeKind;
    readonly organizationId: string;
    readonly workspaceId: string;
  };
  /** Absent where the event does not speak of limits. */
  readonly limits?: readonly typeV1.Limit[];
  /** Absent where the event does not speak of it; null where the scope does not end by itself. */
  readonly expiresAt?: Date | null;
}

const applyLimits = async (tx: Tx, event: RecordedEvent): Promise<void> => {
  const change = changeOf(event);
  if (!change) return;
  if (change.created) {
    const { kind, organizationId, workspaceId } = change.created;
    await tx.query(
      `INSERT INTO scope (scope_id, scope_kind, organization_id, workspace_id, revision) VALUES ($1, $2, $3, $4, $5)`,
      [change.id, kind, organizationId, workspaceId, event.revision],
    );
  } else {
    await tx.query('UPDATE scope SET revision = $2 WHERE scope_id = $1', [change.id, event.revision]);
  }
  if (change.expiresAt !== undefined) {
    await tx.query('UPDATE scope SET expires_at = $2 WHERE scope_id = $1', [change.id, change.expiresAt]);
  }
  if (change.limits) await replaceLimits(tx, change.id, change.limits.map(fromRecorded), event.recordedAt);
};

const fromRecorded = (limit: typeV1.Limit): Limit => fromRecordedLimit(limit, new RequestChecks());

/** What an event says of a scope's limits; events that say nothing of them still move the scope's revision. */
const changeOf = (recorded: RecordedEvent): ScopeChange | undefined => {
  const event = eventIn(['workspace-', 'provision-', 'apikey-'], recorded);
  switch (event?.type) {
    case 'WorkspaceCreated': {
      const { workspaceId, organizationId, limits } = event.data;
      return { id: workspaceId, created: { kind: 'workspace', organizationId, workspaceId }, limits };
    }
    case 'WorkspaceLimitsChanged': {
      const { workspaceId, limits } = event.data;
      return { id: workspaceId, limits };
    }
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case 'WorkspaceArchived':
      return { id: event.data.workspaceId };
    case 'IntegrationProvisioned': {
      const { provisionId, organizationId, workspaceId, limits, expiresAt = null } = event.data;
      return {
        id: provisionId,
        created: { kind: 'provision', organizationId, workspaceId },
        limits,
        expiresAt,
      };
    }
    case 'ProvisionExpiryChanged': {
      const { provisionId, expiresAt = null } = event.data;
      return { id: provisionId, expiresAt };
    }
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised': {
      const { provisionId, limits } = event.data;
      return { id: provisionId, limits };
    }
    case 'ApiKeyIssued': {
      const { apiKeyId, organizationId, workspaceId, limits } = event.data;
      return { id: apiKeyId, created: { kind: 'apiKey', organizationId, workspaceId }, limits };
    }
    case 'ModelsAllowed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
      return { id: event.data.provisionId };
    case 'ApiKeyRevoked':
      return { id: event.data.apiKeyId };
    case undefined:
      return undefined;
  }
};

const replaceLimits = async (tx: Tx, scopeId: string, limits: readonly Limit[], at: Date): Promise<void> => {
  await tx.query('DELETE FROM limit_in_force WHERE scope_id = $1 AND limit_id <> ALL ($2)', [
    scopeId,
    limits.map(({ id }) => id),
  ]);
  for (const limit of limits) {
    const rule = limit.kind === 'budget' ? limit.reset : { period: limit.window };
    await tx.query(
      `INSERT INTO limit_in_force AS known
         (limit_id, scope_id, unit, amount, period, every_days, strict, created_at, rule_since, raise_more, raise_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)
       ON CONFLICT (limit_id) DO UPDATE SET amount = excluded.amount, period = excluded.period,
         every_days = excluded.every_days, strict = excluded.strict, raise_more = excluded.raise_more,
         raise_until = excluded.raise_until,
         rule_since = CASE WHEN (known.period, known.every_days) = (excluded.period, excluded.every_days)
           THEN known.rule_since ELSE excluded.rule_since END`,
      [
        limit.id,
        scopeId,
        limit.unit,
        limit.amount,
        rule.period,
        rule.period === 'days' ? rule.everyDays : 0,
        limit.kind === 'budget' && limit.strict,
        at,
        limit.raise?.more ?? null,
        limit.raise?.until ?? null,
      ],
    );
  }
};
