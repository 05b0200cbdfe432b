import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { ChangeApiKeyCommand } from '../../app/api-key/change-api-key.handler';
import {
  fromProtoChangeApiKeyLimitsRequest,
  fromProtoChangeApiKeyModelsRequest,
  fromProtoGetApiKeyRequest,
  fromProtoIssueApiKeyRequest,
  fromProtoListApiKeysRequest,
  fromProtoRevokeApiKeyRequest,
  fromProtoRotateApiKeyRequest,
  toProtoApiKey,
  toProtoToldKey,
  toProtoListApiKeysResponse,
  toProtoListedApiKey,
} from './api-key-conversion';
import { KEY_SCOPES } from './key-scopes';
import { MODELS_REQUEST } from './request-fields';

type Definition = typeof provisioningV1.ApiKeyServiceService;

@GrpcService('ApiKeyService', provisioningV1.ApiKeyServiceService)
export class ApiKeyController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('key.issue', KEY_SCOPES.create, MODELS_REQUEST)
  async issueApiKey(
    request: provisioningV1.IssueApiKeyRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.IssueApiKeyResponse> {
    const command = fromProtoIssueApiKeyRequest(request, callerOf(call));
    return toProtoToldKey(await this.commands.execute(command));
  }

  @Requires('workspace.read', KEY_SCOPES.read, SMALL_REQUEST)
  async getApiKey(
    request: provisioningV1.GetApiKeyRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetApiKeyResponse> {
    const query = fromProtoGetApiKeyRequest(request, callerOf(call));
    return { apiKey: toProtoListedApiKey(await this.queries.execute(query)) };
  }

  @Requires('workspace.read', KEY_SCOPES.list, SMALL_REQUEST)
  async listApiKeys(
    request: provisioningV1.ListApiKeysRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListApiKeysResponse> {
    const query = fromProtoListApiKeysRequest(request, callerOf(call));
    return toProtoListApiKeysResponse(request, await this.queries.execute(query));
  }

  @Requires('workspace.admin', KEY_SCOPES.rotate, SMALL_REQUEST)
  async rotateApiKey(
    request: provisioningV1.RotateApiKeyRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RotateApiKeyResponse> {
    const command = fromProtoRotateApiKeyRequest(request, callerOf(call));
    return toProtoToldKey(await this.commands.execute(command));
  }

  @Requires('workspace.admin', KEY_SCOPES.update, SMALL_REQUEST)
  async changeApiKeyLimits(
    request: provisioningV1.ChangeApiKeyLimitsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeApiKeyLimitsResponse> {
    return this.answer(fromProtoChangeApiKeyLimitsRequest(request, callerOf(call)));
  }

  @Requires('workspace.admin', KEY_SCOPES.update, MODELS_REQUEST)
  async changeApiKeyModels(
    request: provisioningV1.ChangeApiKeyModelsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeApiKeyModelsResponse> {
    return this.answer(fromProtoChangeApiKeyModelsRequest(request, callerOf(call)));
  }

  @Requires('workspace.admin', KEY_SCOPES.delete, SMALL_REQUEST)
  async revokeApiKey(
    request: provisioningV1.RevokeApiKeyRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RevokeApiKeyResponse> {
    return this.answer(fromProtoRevokeApiKeyRequest(request, callerOf(call)));
  }

  private async answer(
    command: ChangeApiKeyCommand,
  ): Promise<{ apiKey: provisioningV1.ApiKey; position: string }> {
    const { view, position } = await this.commands.execute(command);
    return { apiKey: toProtoApiKey(view), position: String(position) };
  }
}
