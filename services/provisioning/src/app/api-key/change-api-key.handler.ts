import { Clock, Ids } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ApiKeyCommand } from '../../domain/api-key/api-key.decider';
import type { Answered } from '../answered';
import { ApiKeyStreams, type KeyTarget } from './api-key-streams';
import { type ApiKeyView, apiKeyView } from './api-key.view';

/** Those that tell nobody a secret. */
type PlainCommand = Exclude<ApiKeyCommand, { readonly type: 'IssueApiKey' | 'RotateApiKey' }>;

type Stated<Command> = Command extends unknown
  ? Omit<Command, 'organizationId' | 'manager' | 'seed' | 'at'>
  : never;

/** What the caller says. */
export type ApiKeyChange = Stated<PlainCommand>;

export class ChangeApiKeyCommand extends Command<Answered<ApiKeyView>> {
  constructor(
    readonly target: KeyTarget,
    readonly change: ApiKeyChange,
  ) {
    super();
  }
}

@CommandHandler(ChangeApiKeyCommand)
export class ChangeApiKeyHandler implements ICommandHandler<ChangeApiKeyCommand> {
  constructor(
    private readonly keys: ApiKeyStreams,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute({ target, change }: ChangeApiKeyCommand): Promise<Answered<ApiKeyView>> {
    const { metadata, manager, apiKeyId, expectedRevision } = target;
    const { organizationId, requestId } = metadata;
    await (change.type === 'RevokeApiKey' ? this.keys.owned(target) : this.keys.active(target));
    const seed = this.ids.derive('seed', organizationId, requestId);
    const at = this.clock.now();
    const command = { ...change, organizationId, manager, seed, at };
    const answer = await this.keys.decide(apiKeyId, command, { metadata, expectedRevision });
    return { view: apiKeyView(answer, at), position: answer.position };
  }
}
