import { Clock } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiKeyMint } from './api-key.ports';
import { ApiKeyStreams, type KeyTarget } from './api-key-streams';
import { type ToldKey, toldKey } from './told-key';

export class RotateApiKeyCommand extends Command<ToldKey> {
  constructor(
    readonly target: KeyTarget,
    /** 0 … 7 days, in milliseconds. */
    readonly overlapMs: number,
    /** 0 … 365; undefined: as it was said before. */
    readonly everyDays: number | undefined,
  ) {
    super();
  }
}

@CommandHandler(RotateApiKeyCommand)
export class RotateApiKeyHandler implements ICommandHandler<RotateApiKeyCommand> {
  constructor(
    private readonly keys: ApiKeyStreams,
    private readonly mint: ApiKeyMint,
    private readonly clock: Clock,
  ) {}

  async execute({ target, ...how }: RotateApiKeyCommand): Promise<ToldKey> {
    const { metadata, manager, apiKeyId } = target;
    const { organizationId } = metadata;
    await this.keys.active(target);
    const minted = this.mint.mint(apiKeyId);
    const at = this.clock.now();
    const command = { type: 'RotateApiKey', organizationId, manager, ...how, at, ...minted.kept } as const;
    return toldKey(await this.keys.decide(apiKeyId, command, { metadata }), minted, at);
  }
}
