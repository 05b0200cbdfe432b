import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoPreviewCommandRequest,
  fromProtoPreviewIntegrationChangeRequest,
  fromProtoPreviewIntegrationModelsRequest,
  toProtoPreviewCommandResponse,
  toProtoPreviewIntegrationChangeResponse,
  toProtoPreviewIntegrationModelsResponse,
} from './preview-conversion';
import { BULK_REQUEST, MODELS_REQUEST } from './request-fields';

type Definition = typeof provisioningV1.PreviewServiceService;

/** What commands would do. */
@GrpcService('PreviewService', provisioningV1.PreviewServiceService)
export class PreviewController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'policies.read', BULK_REQUEST)
  async previewCommand(
    request: provisioningV1.PreviewCommandRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.PreviewCommandResponse> {
    const command = fromProtoPreviewCommandRequest(request, callerOf(call));
    return toProtoPreviewCommandResponse(await this.commands.execute(command));
  }

  @Requires('organization.read', 'organisation_integrations.read', SMALL_REQUEST)
  async previewIntegrationChange(
    request: provisioningV1.PreviewIntegrationChangeRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.PreviewIntegrationChangeResponse> {
    const query = fromProtoPreviewIntegrationChangeRequest(request, callerOf(call));
    return toProtoPreviewIntegrationChangeResponse(request, await this.queries.execute(query));
  }

  @Requires('organization.read', 'analytics.view', MODELS_REQUEST)
  async previewIntegrationModels(
    request: provisioningV1.PreviewIntegrationModelsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.PreviewIntegrationModelsResponse> {
    const query = fromProtoPreviewIntegrationModelsRequest(request, callerOf(call));
    return toProtoPreviewIntegrationModelsResponse(await this.queries.execute(query));
  }
}
