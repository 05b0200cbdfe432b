import type { EventMetadata, Position } from '@gatehouse/event-store';
import { type ApiKeyId, Clock } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SessionStreams } from './session-streams';
import { SessionMint } from './session.ports';
import { SigningKeys } from './signing-keys';

/** As long as somebody needs who has just asked for it. */
const LINK_MS = 5 * 60_000;

export interface ToldLink {
  /** Empty where an earlier call with the same request id was told it. */
  readonly token: string;
  readonly expiresAt: Date;
  readonly position: Position;
}

export class CreateSignInLinkCommand extends Command<ToldLink> {
  constructor(
    readonly metadata: EventMetadata,
    readonly apiKeyId: ApiKeyId,
    /** Of the secret that the caller presented; undefined for the operator, whose links are bound to the key's newest. */
    readonly secretHash: string | undefined,
  ) {
    super();
  }
}

@CommandHandler(CreateSignInLinkCommand)
export class CreateSignInLinkHandler implements ICommandHandler<CreateSignInLinkCommand> {
  constructor(
    private readonly sessions: SessionStreams,
    private readonly keys: SigningKeys,
    private readonly mint: SessionMint,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, apiKeyId, secretHash }: CreateSignInLinkCommand): Promise<ToldLink> {
    const { organizationId } = metadata;
    const key = await this.keys.find(organizationId, apiKeyId);
    const { token, hash } = this.mint.link(organizationId, apiKeyId);
    const expiresAt = new Date(this.clock.now().getTime() + LINK_MS);
    const made = { apiKeyId, organizationId, hash, secretHash: secretHash ?? key.hash, expiresAt };
    const answer = await this.sessions.decide(apiKeyId, { type: 'MakeSignInLink', ...made }, { metadata });
    const { position, state } = answer;
    // A twin of this call may have recorded its own.
    const isOurs = state.links.some((link) => link.hash === hash);
    if (!isOurs) return { token: '', expiresAt: await this.endOfLink(apiKeyId, position), position };
    return { token, expiresAt, position };
  }

  /** Of the link that was made at a position. */
  private async endOfLink(apiKeyId: ApiKeyId, position: Position): Promise<Date> {
    const recorded = (await this.sessions.recorded(apiKeyId)).find((event) => event.position === position);
    const made = recorded && this.sessions.decode(recorded);
    if (made?.type !== 'SignInLinkMade') throw new Error(`no link was made at ${position}`);
    return made.expiresAt;
  }
}
