import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { Ids } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoAddWebhook,
  fromProtoListWebhooks,
  fromProtoRemoveWebhook,
  fromProtoRotateWebhookSecret,
  fromProtoTestWebhook,
  toProtoTested,
  toProtoWebhooks,
  toProtoWebhookWithSecret,
} from './webhook-conversion';

/** Where organizations are told of their budgets. */
@GrpcService('WebhookService', meteringV1.WebhookServiceService)
export class WebhookController implements GrpcController<typeof meteringV1.WebhookServiceService> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly ids: Ids,
  ) {}

  @Requires('organization.admin', 'organisation_settings.update', SMALL_REQUEST)
  async addWebhook(
    request: meteringV1.AddWebhookRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.AddWebhookRequest, meteringV1.AddWebhookResponse>,
  ): Promise<meteringV1.AddWebhookResponse> {
    const command = fromProtoAddWebhook(request, callerOf(call), this.ids);
    return toProtoWebhookWithSecret(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'organisation_settings.read', SMALL_REQUEST)
  async listWebhooks(
    request: meteringV1.ListWebhooksRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ListWebhooksRequest, meteringV1.ListWebhooksResponse>,
  ): Promise<meteringV1.ListWebhooksResponse> {
    return toProtoWebhooks(await this.queries.execute(fromProtoListWebhooks(request, callerOf(call))));
  }

  @Requires('organization.admin', 'organisation_settings.update', SMALL_REQUEST)
  async removeWebhook(
    request: meteringV1.RemoveWebhookRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.RemoveWebhookRequest, meteringV1.RemoveWebhookResponse>,
  ): Promise<meteringV1.RemoveWebhookResponse> {
    await this.commands.execute(fromProtoRemoveWebhook(request, callerOf(call)));
    return {};
  }

  @Requires('organization.admin', 'organisation_settings.update', SMALL_REQUEST)
  async rotateWebhookSecret(
    request: meteringV1.RotateWebhookSecretRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.RotateWebhookSecretRequest, meteringV1.RotateWebhookSecretResponse>,
  ): Promise<meteringV1.RotateWebhookSecretResponse> {
    const command = fromProtoRotateWebhookSecret(request, callerOf(call));
    return toProtoWebhookWithSecret(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'organisation_settings.update', SMALL_REQUEST)
  async testWebhook(
    request: meteringV1.TestWebhookRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.TestWebhookRequest, meteringV1.TestWebhookResponse>,
  ): Promise<meteringV1.TestWebhookResponse> {
    return toProtoTested(await this.commands.execute(fromProtoTestWebhook(request, callerOf(call))));
  }
}
