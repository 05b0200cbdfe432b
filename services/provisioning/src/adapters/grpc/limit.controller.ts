import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoChangeLimitsRequest,
  fromProtoGetLimitsRequest,
  toProtoHeldLimits,
} from './limit-conversion';

type Definition = typeof provisioningV1.LimitServiceService;

/** Limits over more than one provision, and those that each key has by its workspace. */
@GrpcService('LimitService', provisioningV1.LimitServiceService)
export class LimitController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.read', 'policies.read', SMALL_REQUEST)
  async getLimits(
    request: provisioningV1.GetLimitsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetLimitsResponse> {
    const caller = callerOf(call);
    const limits = await this.queries.execute(fromProtoGetLimitsRequest(request, caller));
    return { limits: toProtoHeldLimits(limits, caller) };
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async changeLimits(
    request: provisioningV1.ChangeLimitsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeLimitsResponse> {
    const caller = callerOf(call);
    const command = fromProtoChangeLimitsRequest(request, caller);
    const { view, position } = await this.commands.execute(command);
    return { limits: toProtoHeldLimits(view, caller), position: String(position) };
  }
}
