import { type Caller, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import { type CountedPage, integrationId, type KeyedPlace } from '@gatehouse/kernel';
import { organizationOf, parsePosition } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { AutoProvisionView } from '../../app/auto-provision/auto-provision.view';
import { GetAutoProvisionQuery } from '../../app/auto-provision/get-auto-provision.handler';
import { ListAutoProvisionsQuery } from '../../app/auto-provision/list-auto-provisions.handler';
import { SetAutoProvisionCommand } from '../../app/auto-provision/set-auto-provision.handler';
import { TurnOffAutoProvisionCommand } from '../../app/auto-provision/turn-off-auto-provision.handler';
import { toProtoModelAccess } from '../events/model-access';
import { toProtoSpecs } from '../events/recorded-limits';
import { pagingOf, ProvisioningChecks } from './request-fields';

export const fromProtoSetAutoProvisionRequest = (
  request: provisioningV1.SetAutoProvisionRequest,
  caller: Caller,
): SetAutoProvisionCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'SetAutoProvision' };
  const metadata = checks.metadata(request, origin);
  const policy = {
    integrationId: checks.id('integration_id', request.integrationId, integrationId),
    limits: checks.limits(request.limits),
    models: request.models ? checks.models(request.models) : ({ all: true } as const),
    existing: checks.existing(request.existing),
  };
  const expectedRevision = checks.expectedRevision(request.expectedRevision);
  checks.done();
  const awaitIntegration = parsePosition(request.atLeastPosition) !== undefined;
  return new SetAutoProvisionCommand(metadata, { ...policy, awaitIntegration }, expectedRevision);
};

export const fromProtoTurnOffAutoProvisionRequest = (
  request: provisioningV1.TurnOffAutoProvisionRequest,
  caller: Caller,
): TurnOffAutoProvisionCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'TurnOffAutoProvision' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('integration_id', request.integrationId, integrationId);
  const expectedRevision = checks.expectedRevision(request.expectedRevision);
  checks.done();
  const awaitIntegration = parsePosition(request.atLeastPosition) !== undefined;
  return new TurnOffAutoProvisionCommand(metadata, id, expectedRevision, awaitIntegration);
};

export const fromProtoGetAutoProvisionRequest = (
  request: provisioningV1.GetAutoProvisionRequest,
  caller: Caller,
): GetAutoProvisionQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('integration_id', request.integrationId, integrationId);
  checks.done();
  const awaitIntegration = parsePosition(request.atLeastPosition) !== undefined;
  return new GetAutoProvisionQuery(organizationOf(caller), id, awaitIntegration);
};

export const fromProtoListAutoProvisionsRequest = (
  request: provisioningV1.ListAutoProvisionsRequest,
  caller: Caller,
): ListAutoProvisionsQuery =>
  new ListAutoProvisionsQuery(
    organizationOf(caller),
    fromProtoPage(request, PAGING),
    request.atLeastPosition,
  );

const PAGING = pagingOf();

export const toProtoListAutoProvisionsResponse = ({
  items,
  next,
  totalSize,
}: CountedPage<AutoProvisionView, KeyedPlace>): provisioningV1.ListAutoProvisionsResponse => ({
  autoProvisions: items.map(toProtoAutoProvision),
  nextPageToken: toProtoPageToken(next, PAGING),
  totalSize,
});

export const toProtoAutoProvision = (view: AutoProvisionView): provisioningV1.AutoProvision => ({
  ...view,
  limits: toProtoSpecs(view.limits),
  models: toProtoModelAccess(view.models),
});
