import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { Ids } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoCreateOrganizationRequest,
  fromProtoGetOrganizationRequest,
  fromProtoSetWorkspacesConnectingRequest,
  toProtoOrganization,
  toProtoOrganizationResponse,
} from './organization-conversion';

type Definition = typeof provisioningV1.OrganizationServiceService;

@GrpcService('OrganizationService', provisioningV1.OrganizationServiceService)
export class OrganizationController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly ids: Ids,
  ) {}

  @Requires('operator', SMALL_REQUEST)
  async createOrganization(
    request: provisioningV1.CreateOrganizationRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.CreateOrganizationResponse> {
    const command = fromProtoCreateOrganizationRequest(request, callerOf(call), this.ids);
    return toProtoOrganizationResponse(await this.commands.execute(command));
  }

  @Requires('organization.read', 'organisation_settings.read', SMALL_REQUEST)
  async getOrganization(
    request: provisioningV1.GetOrganizationRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetOrganizationResponse> {
    const view = await this.queries.execute(fromProtoGetOrganizationRequest(request, callerOf(call)));
    return { organization: toProtoOrganization(view) };
  }

  @Requires('organization.admin', 'organisation_settings.update', SMALL_REQUEST)
  async setWorkspacesConnecting(
    request: provisioningV1.SetWorkspacesConnectingRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.SetWorkspacesConnectingResponse> {
    const command = fromProtoSetWorkspacesConnectingRequest(request, callerOf(call));
    return toProtoOrganizationResponse(await this.commands.execute(command));
  }
}
