import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoIssueApiKeyRequest,
  fromProtoListApiKeysRequest,
  fromProtoRevokeApiKeyRequest,
  toProtoApiKey,
  toProtoIssueApiKeyResponse,
  toProtoListApiKeysResponse,
} from './api-key-conversion';
import { KEY_SCOPES } from './key-scopes';

type Definition = typeof provisioningV1.ApiKeyServiceService;

@GrpcService('ApiKeyService', provisioningV1.ApiKeyServiceService)
export class ApiKeyController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('key.issue', KEY_SCOPES.create, SMALL_REQUEST)
  async issueApiKey(
    request: provisioningV1.IssueApiKeyRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.IssueApiKeyResponse> {
    const command = fromProtoIssueApiKeyRequest(request, callerOf(call));
    return toProtoIssueApiKeyResponse(await this.commands.execute(command));
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

  @Requires('workspace.admin', KEY_SCOPES.delete, SMALL_REQUEST)
  async revokeApiKey(
    request: provisioningV1.RevokeApiKeyRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RevokeApiKeyResponse> {
    const command = fromProtoRevokeApiKeyRequest(request, callerOf(call));
    const { view, position } = await this.commands.execute(command);
    return { apiKey: toProtoApiKey(view), position: String(position) };
  }
}
