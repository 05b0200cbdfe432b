import { type Caller, fromProtoOrderBy, fromProtoPage, type Paging, toProtoPageToken } from '@gatehouse/grpc';
import {
  type CountedPage,
  integrationId,
  type KeyedPlace,
  LIMIT_AMOUNT_MAX,
  limitId,
  provisionId,
  type Raise,
  workspaceId,
} from '@gatehouse/kernel';
import { onlyWorkspaceOf, organizationOf, parsePosition, workspaceAskedBy } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { PROVISION_ORDERS } from '../../app/directory.ports';
import { AllowModelsCommand } from '../../app/provision/allow-models.handler';
import { ChangeProvisionCommand, type ProvisionChange } from '../../app/provision/change-provision.handler';
import { GetProvisionQuery } from '../../app/provision/get-provision.handler';
import { ListProvisionsQuery } from '../../app/provision/list-provisions.handler';
import type { ProvisionTarget } from '../../app/provision/provision-changes';
import { ProvisionIntegrationCommand } from '../../app/provision/provision-integration.handler';
import { RenameProvisionCommand } from '../../app/provision/rename-provision.handler';
import type { WantedNames } from '../../domain/provision-names/name-provision';
import { provisionSlug } from '../../domain/provision-names/provision-slug';
import type { ProvisionView } from '../../app/provision/provision.view';
import { toProtoModelAccess } from '../events/model-access';
import { toProtoLimits } from '../events/recorded-limits';
import { pagingOf, ProvisioningChecks } from './request-fields';
import { fromProtoWorkspaceIds } from './workspace-conversion';

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
    expiresAt: checks.instant('expires_at', request.expiresAt),
    names: fromProtoNames(checks, request),
  };
  checks.done();
  const awaitIntegration = parsePosition(request.atLeastPosition) !== undefined;
  return new ProvisionIntegrationCommand(metadata, { ...wanted, awaitIntegration });
};

/** Empty is the integration's; what is not said at all stays. */
const fromProtoNames = (
  checks: ProvisioningChecks,
  { slug, name }: { readonly slug?: string | undefined; readonly name?: string | undefined },
): WantedNames => ({
  slug: slug ? checks.parse('slug', SLUG_RULE, () => provisionSlug(slug)) : followed(slug),
  name: name ? checks.name(name) : followed(name),
});

const followed = (said: string | undefined): null | undefined => (said === undefined ? undefined : null);

const SLUG_RULE = 'must be 1 to 64 letters, digits, _ and -';

export const fromProtoRenameProvisionRequest = (
  request: provisioningV1.RenameProvisionRequest,
  caller: Caller,
): RenameProvisionCommand => {
  const checks = new ProvisioningChecks();
  const { metadata, provisionId: id } = targetOf(checks, request, caller, 'RenameProvision');
  const wanted = fromProtoNames(checks, request);
  if (request.slug === undefined && request.name === undefined)
    checks.fault('slug', 'is required, or a name is');
  checks.done();
  return new RenameProvisionCommand(metadata, id, wanted);
};

export const fromProtoChangeProvisionLimitsRequest = (
  request: provisioningV1.ChangeProvisionLimitsRequest,
  caller: Caller,
): ChangeProvisionCommand =>
  changeOf(request, caller, (checks) => ({
    type: 'ChangeProvisionLimits',
    limits: checks.limits(request.limits),
  }));

export const fromProtoRaiseProvisionLimitRequest = (
  request: provisioningV1.RaiseProvisionLimitRequest,
  caller: Caller,
): ChangeProvisionCommand =>
  changeOf(request, caller, (checks) => ({
    type: 'RaiseProvisionLimit',
    limitId: checks.id('limit_id', request.limitId, limitId),
    raise: raiseOf(checks, request),
  }));

/** Undefined where the raise is taken back. */
const raiseOf = (
  checks: ProvisioningChecks,
  { more, until }: provisioningV1.RaiseProvisionLimitRequest,
): Raise | undefined => {
  if (more < 0n || more > LIMIT_AMOUNT_MAX) checks.fault('more', `must be 0 to ${LIMIT_AMOUNT_MAX}`);
  if (more === 0n) return undefined;
  if (!until) checks.fault('until', 'is required');
  return until && { more, until: checks.instant('until', until) ?? until };
};

export const fromProtoChangeProvisionExpiryRequest = (
  request: provisioningV1.ChangeProvisionExpiryRequest,
  caller: Caller,
): ChangeProvisionCommand =>
  changeOf(request, caller, (checks) => ({
    type: 'ChangeProvisionExpiry',
    expiresAt: checks.instant('expires_at', request.expiresAt),
  }));

export const fromProtoEnableProvisionRequest = (
  request: provisioningV1.EnableProvisionRequest,
  caller: Caller,
): ChangeProvisionCommand => changeOf(request, caller, () => ({ type: 'EnableProvision' }));

export const fromProtoDisableProvisionRequest = (
  request: provisioningV1.DisableProvisionRequest,
  caller: Caller,
): ChangeProvisionCommand => changeOf(request, caller, () => ({ type: 'DisableProvision' }));

const changeOf = (
  request: TargetFields,
  caller: Caller,
  read: (checks: ProvisioningChecks) => ProvisionChange,
): ChangeProvisionCommand => {
  const checks = new ProvisioningChecks();
  const change = read(checks);
  const target = targetOf(checks, request, caller, change.type);
  checks.done();
  return new ChangeProvisionCommand(target, change);
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
  return new GetProvisionQuery(organizationOf(caller), id, onlyWorkspaceOf(caller), request.atLeastPosition);
};

export const fromProtoListProvisionsRequest = (
  request: provisioningV1.ListProvisionsRequest,
  caller: Caller,
): ListProvisionsQuery => {
  const checks = new ProvisioningChecks();
  const selection = {
    workspaceId: checks.optionalId('workspace_id', request.workspaceId, workspaceId),
    workspaceIds: fromProtoWorkspaceIds(request.workspaceIds, checks),
    integrationId: checks.optionalId('integration_id', request.integrationId, integrationId),
    enabled: request.enabled,
    includeArchived: request.includeArchived,
    slug: request.slug === '' ? undefined : request.slug,
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, PROVISION_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, provisionPaging(request));
  const seen = { ...selection, workspaceId: workspaceAskedBy(caller, selection.workspaceId) };
  return new ListProvisionsQuery(organizationOf(caller), seen, page, request.atLeastPosition);
};

/** An integration is in as many as an organization has workspaces, and some want all of them. */
const PROVISIONS_MAX = 500;

const provisionPaging = (request: provisioningV1.ListProvisionsRequest): Paging<KeyedPlace> => {
  const paging = pagingOf(
    request.workspaceId,
    [...request.workspaceIds].sort(),
    request.integrationId,
    request.enabled,
    request.search,
    request.orderBy,
    request.includeArchived,
    request.slug,
  );
  return { ...paging, max: PROVISIONS_MAX };
};

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
