import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoBulkProvisionRequest,
  fromProtoGetBulkProvisionRequest,
  toProtoBulk,
  toProtoGetBulkProvisionResponse,
} from './bulk-provision-conversion';
import { BULK_REQUEST } from './request-fields';

type Definition = typeof provisioningV1.BulkProvisionServiceService;

@GrpcService('BulkProvisionService', provisioningV1.BulkProvisionServiceService)
export class BulkProvisionController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'providers.create', BULK_REQUEST)
  async bulkProvision(
    request: provisioningV1.BulkProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.BulkProvisionResponse> {
    const command = fromProtoBulkProvisionRequest(request, callerOf(call));
    const { view, position } = await this.commands.execute(command);
    return { bulk: toProtoBulk(view), position: String(position) };
  }

  @Requires('organization.read', 'providers.read', SMALL_REQUEST)
  async getBulkProvision(
    request: provisioningV1.GetBulkProvisionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetBulkProvisionResponse> {
    const query = fromProtoGetBulkProvisionRequest(request, callerOf(call));
    return toProtoGetBulkProvisionResponse(request, await this.queries.execute(query));
  }
}
