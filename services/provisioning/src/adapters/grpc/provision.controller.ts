import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type Command, CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Answered } from '../../app/answered';
import type { ProvisionView } from '../../app/provision/provision.view';
import {
  fromProtoAllowModelsRequest,
  fromProtoChangeProvisionExpiryRequest,
  fromProtoChangeProvisionLimitsRequest,
  fromProtoDisableProvisionRequest,
  fromProtoEnableProvisionRequest,
  fromProtoGetProvisionRequest,
  fromProtoListProvisionsRequest,
  fromProtoProvisionIntegrationRequest,
  fromProtoRaiseProvisionLimitRequest,
  fromProtoRenameProvisionRequest,
  toProtoListProvisionsResponse,
  toProtoProvision,
} from './provision-conversion';
import { MODELS_REQUEST } from './request-fields';

type Definition = typeof provisioningV1.ProvisionServiceService;

@GrpcService('ProvisionService', provisioningV1.ProvisionServiceService)
export class ProvisionController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'providers.create', MODELS_REQUEST)
  async provisionIntegration(
    request: provisioningV1.ProvisionIntegrationRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ProvisionIntegrationResponse> {
    return this.answer(fromProtoProvisionIntegrationRequest(request, callerOf(call)));
  }

  @Requires('workspace.read', 'providers.read', SMALL_REQUEST)
  async getProvision(
    request: provisioningV1.GetProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetProvisionResponse> {
    const view = await this.queries.execute(fromProtoGetProvisionRequest(request, callerOf(call)));
    return { provision: toProtoProvision(view) };
  }

  @Requires('workspace.read', 'providers.list', SMALL_REQUEST)
  async listProvisions(
    request: provisioningV1.ListProvisionsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListProvisionsResponse> {
    const query = fromProtoListProvisionsRequest(request, callerOf(call));
    return toProtoListProvisionsResponse(request, await this.queries.execute(query));
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async changeProvisionLimits(
    request: provisioningV1.ChangeProvisionLimitsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeProvisionLimitsResponse> {
    return this.answer(fromProtoChangeProvisionLimitsRequest(request, callerOf(call)));
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async raiseProvisionLimit(
    request: provisioningV1.RaiseProvisionLimitRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RaiseProvisionLimitResponse> {
    return this.answer(fromProtoRaiseProvisionLimitRequest(request, callerOf(call)));
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async changeProvisionExpiry(
    request: provisioningV1.ChangeProvisionExpiryRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeProvisionExpiryResponse> {
    return this.answer(fromProtoChangeProvisionExpiryRequest(request, callerOf(call)));
  }

  @Requires('organization.admin', 'providers.update', MODELS_REQUEST)
  async allowModels(
    request: provisioningV1.AllowModelsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.AllowModelsResponse> {
    return this.answer(fromProtoAllowModelsRequest(request, callerOf(call)));
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async enableProvision(
    request: provisioningV1.EnableProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.EnableProvisionResponse> {
    return this.answer(fromProtoEnableProvisionRequest(request, callerOf(call)));
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async disableProvision(
    request: provisioningV1.DisableProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.DisableProvisionResponse> {
    return this.answer(fromProtoDisableProvisionRequest(request, callerOf(call)));
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async renameProvision(
    request: provisioningV1.RenameProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RenameProvisionResponse> {
    return this.answer(fromProtoRenameProvisionRequest(request, callerOf(call)));
  }

  private async answer(
    command: Command<Answered<ProvisionView>>,
  ): Promise<{ provision: provisioningV1.Provision; position: string }> {
    const { view, position } = await this.commands.execute(command);
    return { provision: toProtoProvision(view), position: String(position) };
  }
}
