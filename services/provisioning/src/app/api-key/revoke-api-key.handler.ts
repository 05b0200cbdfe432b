import type { EventMetadata } from '@gatehouse/event-store';
import { type ApiKeyId, Clock } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { KeyManager } from '../../domain/api-key/key-manager';
import type { Answered } from '../answered';
import { ApiKeyStreams } from './api-key-streams';
import { type ApiKeyView, apiKeyView } from './api-key.view';

export class RevokeApiKeyCommand extends Command<Answered<ApiKeyView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly manager: KeyManager,
    readonly apiKeyId: ApiKeyId,
  ) {
    super();
  }
}

@CommandHandler(RevokeApiKeyCommand)
export class RevokeApiKeyHandler implements ICommandHandler<RevokeApiKeyCommand> {
  constructor(
    private readonly keys: ApiKeyStreams,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, manager, apiKeyId }: RevokeApiKeyCommand): Promise<Answered<ApiKeyView>> {
    const { organizationId } = metadata;
    // Before request ids are compared: another organization must not learn that it exists.
    await this.keys.owned(organizationId, manager, apiKeyId);
    const command = { type: 'RevokeApiKey', organizationId, manager, at: this.clock.now() } as const;
    const answer = await this.keys.decide(apiKeyId, command, { metadata });
    return { view: apiKeyView(answer), position: answer.position };
  }
}
