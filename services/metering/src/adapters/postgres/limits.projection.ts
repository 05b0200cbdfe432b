import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import { fromRecordedLimit, RequestChecks } from '@gatehouse/grpc';
import type { Limit, ScopeKind } from '@gatehouse/kernel';
import { inRuns, insertRows, type Projection, type Tx } from '@gatehouse/projections';
import type { typeV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';

/**
 * Kind of what nobody asks for: the limits of a workspace from which those of its keys are derived. Its id is the
 * workspace's.
 */
export const KEY_TEMPLATE = 'keyTemplate';

const DDL = `
  CREATE TABLE scope (
    scope_kind      text        NOT NULL,
    scope_id        text        NOT NULL,
    organization_id text        NOT NULL,
    -- Empty for admin keys, integrations and organizations, which belong to no workspace.
    workspace_id    text        NOT NULL,
    -- Of the newest event of the scope's stream that was applied; of a key by its workspace, that which set the template.
    revision        bigint      NOT NULL,
    -- When a provision ends by itself.
    expires_at      timestamptz,
    -- Of its first event.
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (scope_id, scope_kind)
  );
  CREATE INDEX scope_of_organization ON scope (organization_id);
  CREATE INDEX key_of_workspace ON scope (workspace_id) WHERE scope_kind = 'apiKey';

  CREATE TABLE limit_in_force (
    limit_id   text        PRIMARY KEY,
    scope_kind text        NOT NULL,
    scope_id   text        NOT NULL,
    unit       text        NOT NULL,
    amount     bigint      NOT NULL,
    period     text        NOT NULL,
    every_days integer     NOT NULL,
    -- On which day weeks begin, and where days do; empty: on Sunday, and in UTC.
    weekday    text        NOT NULL,
    time_zone  text        NOT NULL,
    strict     boolean     NOT NULL,
    -- Percents at which somebody is told, with commas between; null where the limit does not say.
    alerts     text,
    created_at timestamptz NOT NULL,
    rule_since timestamptz NOT NULL,
    -- More of it until then.
    raise_more  bigint,
    raise_until timestamptz,
    CHECK ((raise_more IS NULL) = (raise_until IS NULL))
  );
  -- Organizations that want a second admin for what lets more be spent.
  CREATE TABLE approval_required (
    organization_id text PRIMARY KEY
  );
  CREATE INDEX limit_of_scope ON limit_in_force (scope_id, scope_kind)`;

const PREFIXES = ['organization-', 'integrationlimits-', 'workspace-', 'provision-', 'apikey-'] as const;

/** The limits of every scope, as provisioning's events tell them, and how far each scope has been heard. */
export const limitsProjection: Projection = {
  name: 'limits',
  schema: 'metering_limits',
  version: 6,
  ddl: DDL,
  source: { kind: 'bus', topics: [TOPICS.provisioningEvents], streamPrefixes: PREFIXES },
  apply: (tx, event) => applyLimits(tx, event),
  applyAll: inRuns({
    type: 'IntegrationProvisioned',
    applyRun: (tx, run) => addProvisions(tx, run),
    apply: (tx, event) => applyLimits(tx, event),
  }),
};

/** Each is its stream's first event: of what it is about nothing is known yet. */
const addProvisions = async (tx: Tx, run: readonly RecordedEvent[]): Promise<void> => {
  const made = run.map((recorded) => {
    const event = eventIn(['provision-'], recorded);
    if (event?.type !== 'IntegrationProvisioned') throw new Error(`${recorded.type} makes no provision`);
    return { ...event.data, revision: recorded.revision, at: recorded.recordedAt };
  });
  const scopes = made.map(({ provisionId, organizationId, workspaceId, revision, expiresAt, at }) => ({
    scope_kind: 'provision',
    scope_id: provisionId,
    organization_id: organizationId,
    workspace_id: workspaceId,
    revision,
    expires_at: expiresAt,
    created_at: at,
  }));
  await insertRows(tx, 'scope', scopes);
  const limits = made.flatMap(({ provisionId, limits, at }) =>
    limits.map((limit) => ({
      ...limitRow({ kind: 'provision', id: provisionId }, fromRecorded(limit)),
      created_at: at,
      rule_since: at,
    })),
  );
  if (limits.length > 0) await insertRows(tx, 'limit_in_force', limits);
};

interface ScopeChange {
  readonly kind: ScopeKind | typeof KEY_TEMPLATE;
  readonly id: string;
  /** Absent where the scope is known already. */
  readonly created?: { readonly organizationId: string; readonly workspaceId: string };
  /** Absent where the event does not speak of limits. */
  readonly limits?: readonly typeV1.Limit[];
  /** Absent where the event does not speak of it; null where the scope does not end by itself. */
  readonly expiresAt?: Date | null;
}

const applyLimits = async (tx: Tx, event: RecordedEvent): Promise<void> => {
  if (event.type === 'IntegrationProvisioned') return addProvisions(tx, [event]);
  if (event.type === 'OrganizationApprovalChanged') await changeApproval(tx, event);
  const change = changeOf(event);
  if (!change) return;
  const { kind, id, created, limits, expiresAt } = change;
  await tx.query('UPDATE scope SET revision = $3 WHERE scope_kind = $1 AND scope_id = $2', [
    kind,
    id,
    event.revision,
  ]);
  if (created) {
    await tx.query(
      `INSERT INTO scope (scope_kind, scope_id, organization_id, workspace_id, revision, created_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [kind, id, created.organizationId, created.workspaceId, event.revision, event.recordedAt],
    );
  }
  if (expiresAt !== undefined) {
    const sql = 'UPDATE scope SET expires_at = $3 WHERE scope_kind = $1 AND scope_id = $2';
    await tx.query(sql, [kind, id, expiresAt]);
  }
  if (limits) await replaceLimits(tx, { kind, id }, limits.map(fromRecorded), event.recordedAt);
  if (kind === KEY_TEMPLATE || (kind === 'apiKey' && created)) await deriveKeyLimits(tx, id);
};

const changeApproval = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(['organization-'], recorded);
  if (event?.type !== 'OrganizationApprovalChanged') return;
  const { organizationId, required } = event.data;
  const sql = required
    ? 'INSERT INTO approval_required (organization_id) VALUES ($1) ON CONFLICT DO NOTHING'
    : 'DELETE FROM approval_required WHERE organization_id = $1';
  await tx.query(sql, [organizationId]);
};

const fromRecorded = (limit: typeV1.Limit): Limit => fromRecordedLimit(limit, new RequestChecks());

/** What an event says of a scope's limits; events that say nothing of them still move the scope's revision. */
const changeOf = (recorded: RecordedEvent): ScopeChange | undefined => {
  const event = eventIn(PREFIXES, recorded);
  switch (event?.type) {
    case 'OrganizationCreated': {
      const { organizationId } = event.data;
      const created = { organizationId, workspaceId: '' };
      return { kind: 'organization', id: organizationId, created, limits: [] };
    }
    case 'OrganizationLimitsChanged':
      return { kind: 'organization', id: event.data.organizationId, limits: event.data.limits };
    case 'IntegrationLimitsChanged': {
      const { organizationId, integrationId, limits } = event.data;
      const created = { organizationId, workspaceId: '' };
      return { kind: 'integration', id: integrationId, created, limits };
    }
    case 'WorkspaceCreated': {
      const { workspaceId, organizationId, limits } = event.data;
      return { kind: 'workspace', id: workspaceId, created: { organizationId, workspaceId }, limits };
    }
    case 'WorkspaceLimitsChanged':
      return { kind: 'workspace', id: event.data.workspaceId, limits: event.data.limits };
    case 'WorkspaceKeyLimitsChanged': {
      const { workspaceId, limits } = event.data;
      const { organizationId } = recorded.metadata;
      return { kind: KEY_TEMPLATE, id: workspaceId, created: { organizationId, workspaceId }, limits };
    }
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case 'WorkspaceArchived':
    case 'WorkspaceConnectingSet':
      return { kind: 'workspace', id: event.data.workspaceId };
    case 'ProvisionExpiryChanged': {
      const { provisionId, expiresAt = null } = event.data;
      return { kind: 'provision', id: provisionId, expiresAt };
    }
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised': {
      const { provisionId, limits } = event.data;
      return { kind: 'provision', id: provisionId, limits };
    }
    case 'ApiKeyIssued': {
      const { apiKeyId, organizationId, workspaceId, limits } = event.data;
      return { kind: 'apiKey', id: apiKeyId, created: { organizationId, workspaceId }, limits };
    }
    case 'ModelsAllowed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
      return { kind: 'provision', id: event.data.provisionId };
    case 'ApiKeyLimitsChanged':
      return { kind: 'apiKey', id: event.data.apiKeyId, limits: event.data.limits };
    case 'ApiKeyRotated':
    case 'ApiKeyModelsChanged':
    case 'ApiKeyRevoked':
      return { kind: 'apiKey', id: event.data.apiKeyId };
    case 'OrganizationApprovalChanged':
    case 'WorkspacesConnectingSet':
      return { kind: 'organization', id: event.data.organizationId };
    case 'IntegrationProvisioned':
    case undefined:
      return undefined;
  }
};

const limitRow = ({ kind, id }: Pick<ScopeChange, 'kind' | 'id'>, limit: Limit) => {
  const rule = limit.kind === 'budget' ? limit.reset : { period: limit.window };
  return {
    limit_id: limit.id,
    scope_kind: kind,
    scope_id: id,
    unit: limit.unit,
    amount: limit.amount,
    period: rule.period,
    every_days: rule.period === 'days' ? rule.everyDays : 0,
    weekday: rule.period === 'weekly' ? (rule.weekday ?? '') : '',
    time_zone: 'timeZone' in rule ? (rule.timeZone ?? '') : '',
    strict: limit.kind === 'budget' && limit.strict,
    alerts: limit.kind === 'budget' && limit.alerts ? limit.alerts.join(',') : null,
    raise_more: limit.raise?.more ?? null,
    raise_until: limit.raise?.until ?? null,
  };
};

const replaceLimits = async (
  tx: Tx,
  { kind, id }: Pick<ScopeChange, 'kind' | 'id'>,
  limits: readonly Limit[],
  at: Date,
): Promise<void> => {
  await tx.query(
    'DELETE FROM limit_in_force WHERE scope_kind = $1 AND scope_id = $2 AND limit_id <> ALL ($3)',
    [kind, id, limits.map((limit) => limit.id)],
  );
  for (const limit of limits) {
    const row = limitRow({ kind, id }, limit);
    await tx.query(
      `INSERT INTO limit_in_force AS known
         (limit_id, scope_kind, scope_id, unit, amount, period, every_days, weekday, time_zone, strict, created_at,
          rule_since, raise_more, raise_until, alerts)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14)
       ON CONFLICT (limit_id) DO UPDATE SET amount = excluded.amount, period = excluded.period,
         every_days = excluded.every_days, weekday = excluded.weekday, time_zone = excluded.time_zone,
         strict = excluded.strict, alerts = excluded.alerts,
         raise_more = excluded.raise_more, raise_until = excluded.raise_until,
         rule_since = CASE WHEN (known.period, known.every_days, known.weekday, known.time_zone)
             = (excluded.period, excluded.every_days, excluded.weekday, excluded.time_zone)
           THEN known.rule_since ELSE excluded.rule_since END`,
      [
        ...[row.limit_id, row.scope_kind, row.scope_id, row.unit, row.amount, row.period, row.every_days],
        ...[row.weekday, row.time_zone, row.strict, at, row.raise_more, row.raise_until, row.alerts],
      ],
    );
  }
};

/** The keys that `$1`, a workspace or a key, is about, each with the template of its workspace. */
const KEYS_WITH_TEMPLATES = `
  SELECT k.scope_id, k.organization_id, k.workspace_id, k.created_at, t.revision
  FROM scope k JOIN scope t ON t.scope_kind = '${KEY_TEMPLATE}' AND t.scope_id = k.workspace_id
  WHERE k.scope_kind = 'apiKey' AND (k.scope_id = $1 OR k.workspace_id = $1)`;

/**
 * The limits of those keys by their templates. Ids derive from limit and key, and times are the later ones of both, so that
 * it does not matter which was heard first.
 */
const DERIVED_LIMITS = `
  SELECT 'lim_' || left(encode(sha256(convert_to(l.limit_id || '/' || k.scope_id, 'UTF8')), 'hex'), 26) AS limit_id,
    k.scope_id, l.unit, l.amount, l.period, l.every_days, l.weekday, l.time_zone, l.strict, l.alerts,
    greatest(l.created_at, k.created_at) AS created_at, greatest(l.rule_since, k.created_at) AS rule_since
  FROM (${KEYS_WITH_TEMPLATES}) k
  JOIN limit_in_force l ON l.scope_kind = '${KEY_TEMPLATE}' AND l.scope_id = k.workspace_id`;

const deriveKeyLimits = async (tx: Tx, workspaceOrKey: string): Promise<void> => {
  await tx.query(
    `INSERT INTO scope AS known (scope_kind, scope_id, organization_id, workspace_id, revision, created_at)
     SELECT 'workspaceKey', scope_id, organization_id, workspace_id, revision, created_at FROM (${KEYS_WITH_TEMPLATES}) k
     ON CONFLICT (scope_id, scope_kind) DO UPDATE SET revision = excluded.revision`,
    [workspaceOrKey],
  );
  await tx.query(
    `DELETE FROM limit_in_force USING (${KEYS_WITH_TEMPLATES}) k
     WHERE limit_in_force.scope_kind = 'workspaceKey' AND limit_in_force.scope_id = k.scope_id
       AND limit_id NOT IN (SELECT limit_id FROM (${DERIVED_LIMITS}) derived)`,
    [workspaceOrKey],
  );
  await tx.query(
    `INSERT INTO limit_in_force AS known
       (limit_id, scope_kind, scope_id, unit, amount, period, every_days, weekday, time_zone, strict, alerts, created_at,
        rule_since)
     SELECT limit_id, 'workspaceKey', scope_id, unit, amount, period, every_days, weekday, time_zone, strict, alerts,
       created_at, rule_since
     FROM (${DERIVED_LIMITS}) derived
     ON CONFLICT (limit_id) DO UPDATE SET amount = excluded.amount, period = excluded.period,
       every_days = excluded.every_days, weekday = excluded.weekday, time_zone = excluded.time_zone,
       strict = excluded.strict, alerts = excluded.alerts, rule_since = excluded.rule_since`,
    [workspaceOrKey],
  );
};
