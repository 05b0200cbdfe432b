import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoGetSecretReferenceRequest,
  fromProtoListSecretReferencesRequest,
  fromProtoRemoveSecretReferenceRequest,
  fromProtoWriteSecretReferenceRequest,
  toProtoListSecretReferencesResponse,
  toProtoSecretReference,
  toProtoSecretReferenceAnswer,
} from './secret-reference-conversion';

type Call<Q, R> = ServerUnaryCall<Q, R>;

@GrpcService('SecretReferenceService', registryV1.SecretReferenceServiceService)
export class SecretReferenceController implements GrpcController<
  typeof registryV1.SecretReferenceServiceService
> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'secret_references.create', SMALL_REQUEST)
  async defineSecretReference(
    request: registryV1.DefineSecretReferenceRequest,
    _metadata: unknown,
    call: Call<registryV1.DefineSecretReferenceRequest, registryV1.DefineSecretReferenceResponse>,
  ): Promise<registryV1.DefineSecretReferenceResponse> {
    const command = fromProtoWriteSecretReferenceRequest(request, callerOf(call), 'DefineSecretReference');
    return toProtoSecretReferenceAnswer(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'secret_references.update', SMALL_REQUEST)
  async changeSecretReference(
    request: registryV1.ChangeSecretReferenceRequest,
    _metadata: unknown,
    call: Call<registryV1.ChangeSecretReferenceRequest, registryV1.ChangeSecretReferenceResponse>,
  ): Promise<registryV1.ChangeSecretReferenceResponse> {
    const command = fromProtoWriteSecretReferenceRequest(request, callerOf(call), 'ChangeSecretReference');
    return toProtoSecretReferenceAnswer(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'secret_references.delete', SMALL_REQUEST)
  async removeSecretReference(
    request: registryV1.RemoveSecretReferenceRequest,
    _metadata: unknown,
    call: Call<registryV1.RemoveSecretReferenceRequest, registryV1.RemoveSecretReferenceResponse>,
  ): Promise<registryV1.RemoveSecretReferenceResponse> {
    const command = fromProtoRemoveSecretReferenceRequest(request, callerOf(call));
    return { position: String(await this.commands.execute(command)) };
  }

  @Requires('organization.read', 'secret_references.read', SMALL_REQUEST)
  async getSecretReference(
    request: registryV1.GetSecretReferenceRequest,
    _metadata: unknown,
    call: Call<registryV1.GetSecretReferenceRequest, registryV1.GetSecretReferenceResponse>,
  ): Promise<registryV1.GetSecretReferenceResponse> {
    const query = fromProtoGetSecretReferenceRequest(request, callerOf(call));
    return { reference: toProtoSecretReference(await this.queries.execute(query)) };
  }

  @Requires('organization.read', 'secret_references.list', SMALL_REQUEST)
  async listSecretReferences(
    request: registryV1.ListSecretReferencesRequest,
    _metadata: unknown,
    call: Call<registryV1.ListSecretReferencesRequest, registryV1.ListSecretReferencesResponse>,
  ): Promise<registryV1.ListSecretReferencesResponse> {
    const query = fromProtoListSecretReferencesRequest(request, callerOf(call));
    return toProtoListSecretReferencesResponse(await this.queries.execute(query));
  }
}
