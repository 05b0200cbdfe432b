import { type GrpcController, GrpcService, largerRequest, Requires } from '@gatehouse/grpc';
import { Clock } from '@gatehouse/kernel';
import { gatewayV1, type typeV1 } from '@gatehouse/proto-gen';
import { Egress, type Tried } from '../../app/egress';
import { fromProtoTarget, toProtoResult } from './egress-conversion';

/** A sealed credential with the longest fields, such as a service account's key file, and the fields of its form. */
const TARGET = largerRequest({ kibibytes: 256, fieldsMax: 4_096 });

@GrpcService('EgressService', gatewayV1.EgressServiceService)
export class EgressController implements GrpcController<typeof gatewayV1.EgressServiceService> {
  constructor(
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  @Requires('service.registry', TARGET)
  async testConnection({
    target,
  }: gatewayV1.TestConnectionRequest): Promise<gatewayV1.TestConnectionResponse> {
    const { result } = await this.timed(target);
    return { result };
  }

  @Requires('service.registry', TARGET)
  async listModels({ target }: gatewayV1.ListModelsRequest): Promise<gatewayV1.ListModelsResponse> {
    const { result, tried } = await this.timed(target);
    return { result, modelNames: [...tried.modelNames] };
  }

  private async timed(
    target: gatewayV1.Target | undefined,
  ): Promise<{ result: typeV1.ConnectionResult; tried: Tried }> {
    const begun = this.clock.monotonicMs();
    const tried = await this.egress.try(fromProtoTarget(target));
    return { result: toProtoResult(tried, this.clock.monotonicMs() - begun), tried };
  }
}
