import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { Clock } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { QueryBus } from '@nestjs/cqrs';
import {
  fromProtoExplainAccessRequest,
  fromProtoListAiProvidersRequest,
  fromProtoListAvailableModelsRequest,
  toProtoExplainAccessResponse,
  toProtoListAiProvidersResponse,
  toProtoListAvailableModelsResponse,
} from './access-conversion';

/** What can be called, where, and why. */
@GrpcService('AccessService', provisioningV1.AccessServiceService)
export class AccessController implements GrpcController<typeof provisioningV1.AccessServiceService> {
  constructor(
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Requires('workspace.read', 'providers.read', SMALL_REQUEST)
  async explainAccess(
    request: provisioningV1.ExplainAccessRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ExplainAccessResponse> {
    const query = fromProtoExplainAccessRequest(request, callerOf(call));
    return toProtoExplainAccessResponse(await this.queries.execute(query));
  }

  @Requires('usage.read', 'providers.list', SMALL_REQUEST)
  async listAvailableModels(
    request: provisioningV1.ListAvailableModelsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListAvailableModelsResponse> {
    const query = fromProtoListAvailableModelsRequest(request, callerOf(call));
    return toProtoListAvailableModelsResponse(request, await this.queries.execute(query));
  }

  @Requires('usage.read', 'providers.list', SMALL_REQUEST)
  async listAiProviders(
    request: provisioningV1.ListAiProvidersRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListAiProvidersResponse> {
    const query = fromProtoListAiProvidersRequest(request, callerOf(call));
    return toProtoListAiProvidersResponse(request, await this.queries.execute(query), this.clock.now());
  }
}
