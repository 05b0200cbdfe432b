import type { Caller } from '@gatehouse/grpc';
import { type Ids, organizationId } from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { Answered } from '../../app/answered';
import { CreateOrganizationCommand } from '../../app/organization/create-organization.handler';
import { GetOrganizationQuery } from '../../app/organization/get-organization.handler';
import { SetWorkspacesConnectingCommand } from '../../app/organization/set-workspaces-connecting.handler';
import type { OrganizationView } from '../../app/organization/organization.view';
import { ProvisioningChecks } from './request-fields';

export const fromProtoCreateOrganizationRequest = (
  request: provisioningV1.CreateOrganizationRequest,
  caller: Caller,
  ids: Ids,
): CreateOrganizationCommand => {
  const checks = new ProvisioningChecks();
  const id = organizationId(ids.derive('org', request.requestId));
  const metadata = checks.metadata(request, { caller, organizationId: id, command: 'CreateOrganization' });
  const name = checks.name(request.name);
  checks.done();
  return new CreateOrganizationCommand(metadata, name);
};

export const fromProtoSetWorkspacesConnectingRequest = (
  request: provisioningV1.SetWorkspacesConnectingRequest,
  caller: Caller,
): SetWorkspacesConnectingCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'SetWorkspacesConnecting' };
  const metadata = checks.metadata(request, origin);
  const expectedRevision = checks.expectedRevision(request.expectedRevision);
  checks.done();
  return new SetWorkspacesConnectingCommand(metadata, request.allowed, expectedRevision);
};

/** What every command about an organization answers. */
export const toProtoOrganizationResponse = ({
  view,
  position,
}: Answered<OrganizationView>): provisioningV1.CreateOrganizationResponse => ({
  organization: toProtoOrganization(view),
  position: String(position),
});

export const fromProtoGetOrganizationRequest = (
  request: provisioningV1.GetOrganizationRequest,
  caller: Caller,
): GetOrganizationQuery => new GetOrganizationQuery(organizationOf(caller), request.atLeastPosition);

export const toProtoOrganization = (view: OrganizationView): provisioningV1.Organization => ({ ...view });
