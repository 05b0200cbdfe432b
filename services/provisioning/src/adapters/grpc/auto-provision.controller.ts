import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoGetAutoProvisionRequest,
  fromProtoListAutoProvisionsRequest,
  fromProtoSetAutoProvisionRequest,
  fromProtoTurnOffAutoProvisionRequest,
  toProtoAutoProvision,
  toProtoListAutoProvisionsResponse,
} from './auto-provision-conversion';

type Definition = typeof provisioningV1.AutoProvisionServiceService;

/** 1,000 names of models of 256 characters each, and limits. */
const MODELS_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 2_048 });

@GrpcService('AutoProvisionService', provisioningV1.AutoProvisionServiceService)
export class AutoProvisionController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'providers.create', MODELS_REQUEST)
  async setAutoProvision(
    request: provisioningV1.SetAutoProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.SetAutoProvisionResponse> {
    const command = fromProtoSetAutoProvisionRequest(request, callerOf(call));
    const { view, position, bulkId = '' } = await this.commands.execute(command);
    return { autoProvision: toProtoAutoProvision(view), position: String(position), bulkId };
  }

  @Requires('organization.admin', 'providers.update', SMALL_REQUEST)
  async turnOffAutoProvision(
    request: provisioningV1.TurnOffAutoProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.TurnOffAutoProvisionResponse> {
    const command = fromProtoTurnOffAutoProvisionRequest(request, callerOf(call));
    const { view, position } = await this.commands.execute(command);
    return { autoProvision: toProtoAutoProvision(view), position: String(position) };
  }

  @Requires('organization.read', 'providers.read', SMALL_REQUEST)
  async getAutoProvision(
    request: provisioningV1.GetAutoProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetAutoProvisionResponse> {
    const view = await this.queries.execute(fromProtoGetAutoProvisionRequest(request, callerOf(call)));
    return { autoProvision: toProtoAutoProvision(view) };
  }

  @Requires('organization.read', 'providers.list', SMALL_REQUEST)
  async listAutoProvisions(
    request: provisioningV1.ListAutoProvisionsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListAutoProvisionsResponse> {
    const query = fromProtoListAutoProvisionsRequest(request, callerOf(call));
    return toProtoListAutoProvisionsResponse(await this.queries.execute(query));
  }
}
