import {
  type AccessScope,
  apiKeyId,
  integrationId,
  isWorkspaceRole,
  type KeyRole,
  type Limit,
  memberId,
  organizationId,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { type ApiKeyView, isRotationDue, statusAt } from '../../app/api-key/api-key.view';
import type { OrganizationView } from '../../app/organization/organization.view';
import type { ProvisionView } from '../../app/provision/provision.view';
import { slugOf, type WorkspaceView } from '../../app/workspace/workspace.view';
import type { KeyReach } from '../../domain/api-key/api-key.events';
import type { KeyRotation } from '../../domain/api-key/key-rotation';
import { fromProtoRecordedLimits } from '../events/recorded-limits';
import { fromProtoRecordedDetails } from '../events/workspace-details';

export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly workspaces_connect: boolean;
  readonly revision: bigint;
  readonly created_at: Date;
}

export interface WorkspaceRow {
  readonly id: string;
  readonly name: string;
  readonly revision: bigint;
  readonly created_at: Date;
  readonly organization_id: string;
  readonly slug: string;
  readonly details: unknown;
  readonly limits: readonly unknown[];
  readonly archived_at: Date | null;
  readonly connects: boolean | null;
  readonly position: bigint;
}

export interface ProvisionRow {
  readonly id: string;
  readonly organization_id: string;
  readonly workspace_id: string;
  readonly integration_id: string;
  readonly slug: string | null;
  readonly name: string | null;
  readonly provider: string | null;
  readonly enabled: boolean;
  readonly limits: readonly unknown[];
  readonly all_models: boolean;
  readonly model_names: string[];
  readonly expires_at: Date | null;
  readonly revision: bigint;
  readonly created_at: Date;
  readonly position: bigint;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly organization_id: string;
  readonly workspace_id: string | null;
  readonly role: KeyRole;
  readonly name: string;
  readonly revoked: boolean;
  readonly limits: readonly unknown[];
  readonly revision: bigint;
  readonly issued_at: Date;
  readonly pepper_id: string;
  readonly member_id: string | null;
  readonly prefix: string;
  readonly scopes: AccessScope[];
  readonly all_models: boolean;
  readonly model_names: string[];
  readonly expires_at: Date | null;
  readonly earlier_ends_at: Date | null;
  readonly rotate_every_days: number | null;
  readonly rotation_due_at: Date | null;
  readonly position: bigint;
}

export const fromRowOrganization = (row: OrganizationRow): OrganizationView => ({
  id: organizationId(row.id),
  name: row.name,
  workspacesConnect: row.workspaces_connect,
  revision: row.revision,
  createdAt: row.created_at,
});

export const fromRowWorkspace = (row: WorkspaceRow): WorkspaceView => ({
  id: workspaceId(row.id),
  organizationId: organizationId(row.organization_id),
  name: row.name,
  slug: slugOf(row.slug, workspaceId(row.id)),
  details: fromProtoRecordedDetails(provisioningV1.WorkspaceDetails.fromJSON(row.details)),
  limits: fromRowLimits(row.limits),
  revision: row.revision,
  createdAt: row.created_at,
  archivedAt: row.archived_at ?? undefined,
  connects: row.connects ?? undefined,
});

export const fromRowProvision = (row: ProvisionRow): ProvisionView => ({
  id: provisionId(row.id),
  organizationId: organizationId(row.organization_id),
  workspaceId: workspaceId(row.workspace_id),
  integrationId: integrationId(row.integration_id),
  slug: row.slug ?? '',
  name: row.name ?? '',
  provider: row.provider ?? '',
  enabled: row.enabled,
  limits: fromRowLimits(row.limits),
  models: row.all_models ? { all: true } : { all: false, names: row.model_names },
  revision: row.revision,
  createdAt: row.created_at,
  ...(row.expires_at && { expiresAt: row.expires_at }),
});

export const fromRowApiKey = (row: ApiKeyRow, at: Date): ApiKeyView => {
  const ends = row.expires_at && { expiresAt: row.expires_at };
  const status = statusAt({ status: row.revoked ? 'revoked' : 'active', ...ends }, at);
  const rotation = fromRowRotation(row);
  return {
    id: apiKeyId(row.id),
    organizationId: organizationId(row.organization_id),
    reach: fromRowReach(row),
    name: row.name,
    status,
    prefix: row.prefix,
    scopes: row.scopes,
    models: row.all_models ? { all: true } : { all: false, names: row.model_names },
    ...ends,
    rotation,
    rotationDue: isRotationDue(status, { rotation }, at),
    ...(row.earlier_ends_at && { earlierEndsAt: row.earlier_ends_at }),
    limits: fromRowLimits(row.limits),
    revision: row.revision,
    issuedAt: row.issued_at,
    pepperId: row.pepper_id,
    memberId: row.member_id === null ? undefined : memberId(row.member_id),
  };
};

const fromRowRotation = (row: ApiKeyRow): KeyRotation | undefined =>
  row.rotate_every_days !== null && row.rotation_due_at
    ? { everyDays: row.rotate_every_days, dueAt: row.rotation_due_at }
    : undefined;

export type ReachRow = Pick<ApiKeyRow, 'role' | 'workspace_id'>;

export const fromRowReach = ({ role, workspace_id: workspace }: ReachRow): KeyReach =>
  isWorkspaceRole(role) ? { role, workspaceId: workspaceId(workspace ?? '') } : { role };

const fromRowLimits = (limits: readonly unknown[]): readonly Limit[] =>
  fromProtoRecordedLimits(limits.map((limit) => typeV1.Limit.fromJSON(limit)));
