import type { EventMetadata, Position } from '@gatehouse/event-store';
import { type ApiKeyId, AppError, Clock, Ids, sessionId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SignInProof } from '../../domain/session/begin-session';
import type { BegunSession } from '../../domain/session/sessions';
import { SessionStreams } from './session-streams';
import { SessionLifetimes, SessionMint, SessionUses } from './session.ports';
import { SigningKeys } from './signing-keys';

/** A session with the token that it was just given. */
export interface ToldSession {
  readonly session: BegunSession;
  /** Empty where an earlier call with the same request id was told it. */
  readonly token: string;
  readonly position: Position;
}

export class CreateSessionCommand extends Command<ToldSession> {
  constructor(
    readonly metadata: EventMetadata,
    readonly apiKeyId: ApiKeyId,
    readonly proof: SignInProof,
  ) {
    super();
  }
}

@CommandHandler(CreateSessionCommand)
export class CreateSessionHandler implements ICommandHandler<CreateSessionCommand> {
  constructor(
    private readonly sessions: SessionStreams,
    private readonly keys: SigningKeys,
    private readonly mint: SessionMint,
    private readonly uses: SessionUses,
    private readonly lifetimes: SessionLifetimes,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, apiKeyId, proof }: CreateSessionCommand): Promise<ToldSession> {
    const { organizationId, requestId } = metadata;
    const key = await this.keys.find(organizationId, apiKeyId);
    const id = sessionId(this.ids.derive('ses', organizationId, apiKeyId, requestId));
    const { token, hash } = this.mint.session(organizationId, id);
    const at = this.clock.now();
    // Before the session is: one without its use is over at once, and no session lasts for want of one.
    await this.uses.begin({ sessionId: id, apiKeyId, organizationId }, at);
    const answer = await this.sessions.decide(
      apiKeyId,
      {
        ...{ type: 'BeginSession', sessionId: id, apiKeyId, organizationId, hash, proof, at },
        newestSecretHash: key.hash,
        expiresAt: new Date(at.getTime() + this.lifetimes.longestMs),
      },
      { metadata },
    );
    const session = answer.state.sessions.find((one) => one.sessionId === id);
    // A repetition of what has ended since.
    if (session === undefined) throw new AppError('REFUSED', 'SESSION_ENDED');
    return { session, token: session.hash === hash ? token : '', position: answer.position };
  }
}
