import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoPreviewCommandRequest,
  fromProtoPreviewIntegrationChangeRequest,
  toProtoPreviewCommandResponse,
  toProtoPreviewIntegrationChangeResponse,
} from './preview-conversion';
import { MODELS_REQUEST } from './request-fields';

type Definition = typeof provisioningV1.PreviewServiceService;

/** What commands would do. */
@GrpcService('PreviewService', provisioningV1.PreviewServiceService)
export class PreviewController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'policies.read', MODELS_REQUEST)
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
}
