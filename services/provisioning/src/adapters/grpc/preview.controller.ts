import { callerOf, type GrpcController, GrpcService, Requires } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus } from '@nestjs/cqrs';
import { fromProtoPreviewCommandRequest, toProtoPreviewCommandResponse } from './preview-conversion';
import { MODELS_REQUEST } from './request-fields';

type Definition = typeof provisioningV1.PreviewServiceService;

/** What commands would do. */
@GrpcService('PreviewService', provisioningV1.PreviewServiceService)
export class PreviewController implements GrpcController<Definition> {
  constructor(private readonly commands: CommandBus) {}

  @Requires('organization.admin', 'policies.read', MODELS_REQUEST)
  async previewCommand(
    request: provisioningV1.PreviewCommandRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.PreviewCommandResponse> {
    const command = fromProtoPreviewCommandRequest(request, callerOf(call));
    return toProtoPreviewCommandResponse(await this.commands.execute(command));
  }
}
