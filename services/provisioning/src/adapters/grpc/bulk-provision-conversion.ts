import { type Caller, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import { bulkId, integrationId, workspaceId } from '@gatehouse/kernel';
import { organizationOf, parsePosition } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { BulkProvisionCommand } from '../../app/bulk-provision/bulk-provision.handler';
import type { ToldOutcome } from '../../app/bulk-provision/bulk-provision.ports';
import type { BulkView } from '../../app/bulk-provision/bulk-provision.view';
import {
  type BulkWithOutcomes,
  GetBulkProvisionQuery,
} from '../../app/bulk-provision/get-bulk-provision.handler';
import type { BulkScope } from '../../domain/bulk-provision/bulk-provision.events';
import { fromProtoOutcomeKind, OUTCOME_KINDS } from '../events/bulk-provision.codec';
import { toProtoExisting } from '../events/existing-provisions';
import { toProtoModelAccess } from '../events/model-access';
import { toProtoSpecs } from '../events/recorded-limits';
import { pagingOf, ProvisioningChecks } from './request-fields';

const { BulkOutcomeKind, BulkStatus } = provisioningV1;

/** So many ids and a thousand names of models stay below what a store takes as one event. */
const WORKSPACES_MAX = 10_000;

export const fromProtoBulkProvisionRequest = (
  request: provisioningV1.BulkProvisionRequest,
  caller: Caller,
): BulkProvisionCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'BulkProvision' };
  const metadata = checks.metadata(request, origin);
  const wanted = {
    integrationId: checks.id('integration_id', request.integrationId, integrationId),
    scope: fromProtoScope(request, checks),
    limits: checks.limits(request.limits),
    models: request.models ? checks.models(request.models) : ({ all: true } as const),
    existing: checks.existing(request.existing) ?? 'override',
    expiresAt: checks.instant('expires_at', request.expiresAt),
  } as const;
  checks.done();
  const awaitIntegration = parsePosition(request.atLeastPosition) !== undefined;
  return new BulkProvisionCommand(metadata, { ...wanted, awaitIntegration });
};

const fromProtoScope = (
  { workspaceIds, allWorkspaces }: provisioningV1.BulkProvisionRequest,
  checks: ProvisioningChecks,
): BulkScope => {
  if (allWorkspaces) {
    if (workspaceIds.length > 0) checks.fault('workspace_ids', 'must be empty with all_workspaces');
    return { kind: 'all' };
  }
  if (workspaceIds.length === 0) checks.fault('workspace_ids', 'must name at least one workspace');
  if (workspaceIds.length > WORKSPACES_MAX) {
    checks.fault('workspace_ids', `must be at most ${WORKSPACES_MAX}`);
    return { kind: 'named', workspaceIds: [] };
  }
  return {
    kind: 'named',
    workspaceIds: workspaceIds.map((id, index) => checks.id(`workspace_ids[${index}]`, id, workspaceId)),
  };
};

export const fromProtoGetBulkProvisionRequest = (
  request: provisioningV1.GetBulkProvisionRequest,
  caller: Caller,
): GetBulkProvisionQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('bulk_id', request.bulkId, bulkId);
  const kind = fromProtoOutcomeKind(request.kind);
  if (kind === undefined && request.kind !== BulkOutcomeKind.UNSPECIFIED) {
    checks.fault('kind', 'must be a known kind of outcome');
  }
  checks.done();
  const page = fromProtoPage(request, outcomePaging(request));
  return new GetBulkProvisionQuery(organizationOf(caller), id, kind, page, request.atLeastPosition);
};

const outcomePaging = ({ bulkId: id, kind }: provisioningV1.GetBulkProvisionRequest) => pagingOf(id, kind);

export const toProtoGetBulkProvisionResponse = (
  request: provisioningV1.GetBulkProvisionRequest,
  { bulk, outcomes: { items, next, totalSize } }: BulkWithOutcomes,
): provisioningV1.GetBulkProvisionResponse => ({
  bulk: toProtoBulk(bulk),
  outcomes: items.map(toProtoOutcome),
  nextPageToken: toProtoPageToken(next, outcomePaging(request)),
  totalSize,
});

export const toProtoBulk = ({ done, ...view }: BulkView): provisioningV1.Bulk => ({
  ...view,
  status: done ? BulkStatus.DONE : BulkStatus.RUNNING,
  limits: toProtoSpecs(view.limits),
  models: toProtoModelAccess(view.models),
  existing: toProtoExisting(view.existing),
});

const toProtoOutcome = ({ workspaceId: id, kind, reason }: ToldOutcome): provisioningV1.BulkOutcome => ({
  workspaceId: id,
  kind: kind === undefined ? BulkOutcomeKind.UNSPECIFIED : OUTCOME_KINDS[kind],
  reason,
});
