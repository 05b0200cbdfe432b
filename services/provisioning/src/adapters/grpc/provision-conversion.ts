import { type Caller, fromProtoOrderBy, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import {
  type CountedPage,
  integrationId,
  type KeyedPlace,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';
import { organizationOf, parsePosition } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { PROVISION_ORDERS } from '../../app/directory.ports';
import { AllowModelsCommand } from '../../app/provision/allow-models.handler';
import { ChangeProvisionLimitsCommand } from '../../app/provision/change-provision-limits.handler';
import { GetProvisionQuery } from '../../app/provision/get-provision.handler';
import { ListProvisionsQuery } from '../../app/provision/list-provisions.handler';
import type { ProvisionTarget } from '../../app/provision/provision-changes';
import { ProvisionIntegrationCommand } from '../../app/provision/provision-integration.handler';
import type { ProvisionView } from '../../app/provision/provision.view';
import { toProtoModelAccess } from '../events/model-access';
import { toProtoLimits } from '../events/recorded-limits';
import { pagingOf, ProvisioningChecks } from './request-fields';

export const fromProtoProvisionIntegrationRequest = (
  request: provisioningV1.ProvisionIntegrationRequest,
  caller: Caller,
): ProvisionIntegrationCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'ProvisionIntegration' };
  const metadata = checks.metadata(request, origin);
  const wanted = {
    integrationId: checks.id('integration_id', request.integrationId, integrationId),
    workspaceId: checks.id('workspace_id', request.workspaceId, workspaceId),
    limits: checks.limits(request.limits),
    models: request.models ? checks.models(request.models) : ({ all: true } as const),
  };
  checks.done();
  const awaitIntegration = parsePosition(request.atLeastPosition) !== undefined;
  return new ProvisionIntegrationCommand(metadata, { ...wanted, awaitIntegration });
};

export const fromProtoChangeProvisionLimitsRequest = (
  request: provisioningV1.ChangeProvisionLimitsRequest,
  caller: Caller,
): ChangeProvisionLimitsCommand => {
  const checks = new ProvisioningChecks();
  const target = targetOf(checks, request, caller, 'ChangeProvisionLimits');
  const limits = checks.limits(request.limits);
  checks.done();
  return new ChangeProvisionLimitsCommand(target, limits);
};

export const fromProtoAllowModelsRequest = (
  request: provisioningV1.AllowModelsRequest,
  caller: Caller,
): AllowModelsCommand => {
  const checks = new ProvisioningChecks();
  const target = targetOf(checks, request, caller, 'AllowModels');
  if (!request.models) checks.fault('models', 'is required');
  const models = request.models ? checks.models(request.models) : ({ all: true } as const);
  checks.done();
  return new AllowModelsCommand(target, models);
};

/** Of a request that says no more than which provision: to enable it, to disable it. */
export const fromProtoTarget = (
  request: provisioningV1.EnableProvisionRequest | provisioningV1.DisableProvisionRequest,
  caller: Caller,
  command: string,
): ProvisionTarget => {
  const checks = new ProvisioningChecks();
  const target = targetOf(checks, request, caller, command);
  checks.done();
  return target;
};

interface TargetFields {
  readonly requestId: string;
  readonly reason: string;
  readonly provisionId: string;
  readonly expectedRevision?: bigint | undefined;
}

const targetOf = (
  checks: ProvisioningChecks,
  request: TargetFields,
  caller: Caller,
  command: string,
): ProvisionTarget => ({
  metadata: checks.metadata(request, { caller, organizationId: organizationOf(caller), command }),
  provisionId: checks.id('provision_id', request.provisionId, provisionId),
  expectedRevision: checks.expectedRevision(request.expectedRevision),
});

export const fromProtoGetProvisionRequest = (
  request: provisioningV1.GetProvisionRequest,
  caller: Caller,
): GetProvisionQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('provision_id', request.provisionId, provisionId);
  checks.done();
  return new GetProvisionQuery(organizationOf(caller), id, request.atLeastPosition);
};

export const fromProtoListProvisionsRequest = (
  request: provisioningV1.ListProvisionsRequest,
  caller: Caller,
): ListProvisionsQuery => {
  const checks = new ProvisioningChecks();
  const selection = {
    workspaceId: checks.optionalId('workspace_id', request.workspaceId, workspaceId),
    integrationId: checks.optionalId('integration_id', request.integrationId, integrationId),
    enabled: request.enabled,
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, PROVISION_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, provisionPaging(request));
  return new ListProvisionsQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const provisionPaging = (request: provisioningV1.ListProvisionsRequest) =>
  pagingOf(request.workspaceId, request.integrationId, request.enabled, request.search, request.orderBy);

export const toProtoListProvisionsResponse = (
  request: provisioningV1.ListProvisionsRequest,
  { items, next, totalSize }: CountedPage<ProvisionView, KeyedPlace>,
): provisioningV1.ListProvisionsResponse => ({
  provisions: items.map(toProtoProvision),
  nextPageToken: toProtoPageToken(next, provisionPaging(request)),
  totalSize,
});

export const toProtoProvision = (view: ProvisionView): provisioningV1.Provision => ({
  ...view,
  limits: toProtoLimits(view.limits),
  models: toProtoModelAccess(view.models),
});
