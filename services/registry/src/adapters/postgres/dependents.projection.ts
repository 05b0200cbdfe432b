import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import type { eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import { inRuns, insertRows, type Projection, type Tx } from '@gatehouse/projections';
import { TOPICS } from '@gatehouse/topology';

const DDL = `
  CREATE TABLE provision (
    provision_id text PRIMARY KEY,
    organization_id text NOT NULL,
    integration_id text NOT NULL,
    workspace_id text NOT NULL,
    enabled boolean NOT NULL,
    -- All that the integration offers, or those named.
    all_models boolean NOT NULL,
    model_names text[] NOT NULL
  );
  CREATE INDEX provision_of_integration ON provision (integration_id);
  CREATE TABLE workspace (
    workspace_id text PRIMARY KEY,
    organization_id text NOT NULL,
    -- Whether its admins may connect integrations; null: as the organization says.
    connects boolean,
    -- Nothing more is connected for it, and nothing depends on what it has.
    archived boolean NOT NULL DEFAULT false
  );
  -- Organizations that have said whether the admins of their workspaces may connect integrations: unsaid, they may.
  CREATE TABLE organization (
    organization_id text PRIMARY KEY,
    workspaces_connect boolean NOT NULL
  );
  -- What became of the workspaces that an integration was connected with: which cannot have it, null where all have it.
  CREATE TABLE connect_outcome (
    integration_id text PRIMARY KEY,
    organization_id text NOT NULL,
    refused_workspace_id text,
    refused_reason text
  );
  -- Those that are not revoked; admin keys belong to no workspace.
  CREATE TABLE workspace_key (
    api_key_id text PRIMARY KEY,
    workspace_id text NOT NULL
  );
  CREATE INDEX workspace_key_of_workspace ON workspace_key (workspace_id);
  -- Those that want a second admin for what lets more be spent or called.
  CREATE TABLE approval_required (
    organization_id text PRIMARY KEY
  );
  -- Who is behind a key, revoked ones too: its member, or the key that issued it. Both null: nobody but itself.
  CREATE TABLE key_origin (
    api_key_id text PRIMARY KEY,
    member_id text,
    issued_by text
  );
  -- Proposals that nobody can approve any more.
  CREATE TABLE ended_proposal (
    proposal_id text PRIMARY KEY
  )`;

const PREFIXES = [
  'organization-',
  'workspace-',
  'provision-',
  'connection-',
  'proposal-',
  'apikey-',
] as const;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(PREFIXES, recorded);
  switch (event?.type) {
    case 'IntegrationProvisioned':
      return addProvisions(tx, [recorded]);
    case 'WorkspaceCreated': {
      const { workspaceId, organizationId } = event.data;
      const sql = 'INSERT INTO workspace (workspace_id, organization_id) VALUES ($1, $2)';
      await tx.query(sql, [workspaceId, organizationId]);
      return;
    }
    case 'WorkspacesConnectingSet':
      return workspacesConnect(tx, event.data);
    case 'WorkspaceConnectingSet':
      return workspaceConnects(tx, event.data);
    case 'WorkspaceArchived':
      return archiveWorkspace(tx, event.data);
    case 'WorkspacesConnected':
      return connectOutcome(tx, event.data);
    case 'WorkspaceRefused':
      return connectOutcome(tx, event.data, event.data);
    case 'ApiKeyIssued': {
      const { apiKeyId, workspaceId } = event.data;
      await keepOrigin(tx, event.data, recorded);
      if (workspaceId === '') return;
      const sql = 'INSERT INTO workspace_key (api_key_id, workspace_id) VALUES ($1, $2)';
      await tx.query(sql, [apiKeyId, workspaceId]);
      return;
    }
    case 'ApiKeyRevoked':
      await tx.query('DELETE FROM workspace_key WHERE api_key_id = $1', [event.data.apiKeyId]);
      return;
    case 'ModelsAllowed': {
      const sql = 'UPDATE provision SET all_models = $2, model_names = $3 WHERE provision_id = $1';
      await tx.query(sql, [event.data.provisionId, ...accessColumns(event.data.models)]);
      return;
    }
    case 'ProvisionEnabled':
    case 'ProvisionDisabled': {
      const enabled = event.type === 'ProvisionEnabled';
      const sql = 'UPDATE provision SET enabled = $2 WHERE provision_id = $1';
      await tx.query(sql, [event.data.provisionId, enabled]);
      return;
    }
    case 'OrganizationApprovalChanged':
      return changeApproval(tx, event.data);
    case 'ProposalRejected':
    case 'ProposalExpired':
    case 'ProposalCarriedOut':
    case 'ProposalFailed':
      return endProposal(tx, event.data.proposalId);
    case undefined:
    case 'ChangeProposed':
    case 'ProposalApproved':
    case 'OrganizationCreated':
    case 'OrganizationLimitsChanged':
    case 'ApiKeyRotated':
    case 'ApiKeyLimitsChanged':
    case 'ApiKeyModelsChanged':
    case 'WorkspaceLimitsChanged':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
    case 'WorkspaceKeyLimitsChanged':
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
    case 'ProvisionExpiryChanged':
      return;
  }
};

const workspacesConnect = async (
  tx: Tx,
  { organizationId, allowed }: eventsV1.WorkspacesConnectingSet,
): Promise<void> => {
  await tx.query(
    `INSERT INTO organization (organization_id, workspaces_connect) VALUES ($1, $2)
     ON CONFLICT (organization_id) DO UPDATE SET workspaces_connect = excluded.workspaces_connect`,
    [organizationId, allowed],
  );
};

const workspaceConnects = async (
  tx: Tx,
  { workspaceId, allowed }: eventsV1.WorkspaceConnectingSet,
): Promise<void> => {
  const sql = 'UPDATE workspace SET connects = $2 WHERE workspace_id = $1';
  await tx.query(sql, [workspaceId, allowed ?? null]);
};

const archiveWorkspace = async (tx: Tx, { workspaceId }: eventsV1.WorkspaceArchived): Promise<void> => {
  await tx.query('UPDATE workspace SET archived = true WHERE workspace_id = $1', [workspaceId]);
};

const keepOrigin = async (
  tx: Tx,
  { apiKeyId, memberId }: eventsV1.ApiKeyIssued,
  { metadata: { actor } }: RecordedEvent,
): Promise<void> => {
  const issuer = actor.kind === 'apiKey' ? actor.id : null;
  const sql = 'INSERT INTO key_origin (api_key_id, member_id, issued_by) VALUES ($1, $2, $3)';
  await tx.query(sql, [apiKeyId, memberId || null, issuer]);
};

const connectOutcome = async (
  tx: Tx,
  { integrationId, organizationId }: eventsV1.WorkspacesConnected,
  refused?: eventsV1.WorkspaceRefused,
): Promise<void> => {
  await tx.query(
    `INSERT INTO connect_outcome (integration_id, organization_id, refused_workspace_id, refused_reason)
     VALUES ($1, $2, $3, $4)`,
    [integrationId, organizationId, refused?.workspaceId ?? null, refused?.reason ?? null],
  );
};

const addProvisions = (tx: Tx, run: readonly RecordedEvent[]): Promise<void> =>
  insertRows(tx, 'provision', run.map(provisionRow));

const provisionRow = (recorded: RecordedEvent) => {
  const event = eventIn(['provision-'], recorded);
  if (event?.type !== 'IntegrationProvisioned') throw new Error(`${recorded.type} makes no provision`);
  const { provisionId, organizationId, integrationId, workspaceId, models } = event.data;
  const [all, names] = accessColumns(models);
  return {
    provision_id: provisionId,
    organization_id: organizationId,
    integration_id: integrationId,
    workspace_id: workspaceId,
    enabled: true,
    all_models: all,
    model_names: names,
  };
};

const changeApproval = async (
  tx: Tx,
  { organizationId, required }: eventsV1.OrganizationApprovalChanged,
): Promise<void> => {
  const sql = required
    ? 'INSERT INTO approval_required (organization_id) VALUES ($1) ON CONFLICT DO NOTHING'
    : 'DELETE FROM approval_required WHERE organization_id = $1';
  await tx.query(sql, [organizationId]);
};

const endProposal = async (tx: Tx, proposalId: string): Promise<void> => {
  await tx.query('INSERT INTO ended_proposal (proposal_id) VALUES ($1)', [proposalId]);
};

/** Absent, it is all. */
const accessColumns = (models: provisioningV1.ModelAccess | undefined): [all: boolean, names: string[]] => [
  models?.all ?? true,
  models?.all === false ? models.names : [],
];

/** Who depends on integrations, off the bus: the workspaces that have them, and the keys of these; what organizations want. */
export const dependentsProjection: Projection = {
  name: 'dependents',
  schema: 'registry_dependents',
  version: 8,
  ddl: DDL,
  source: { kind: 'bus', topics: [TOPICS.provisioningEvents], streamPrefixes: PREFIXES },
  apply,
  applyAll: inRuns({ type: 'IntegrationProvisioned', applyRun: addProvisions, apply }),
};
