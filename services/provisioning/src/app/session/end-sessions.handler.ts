import type { EventMetadata, Position } from '@gatehouse/event-store';
import type { SessionId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SessionEndReason } from '../../domain/session/session.events';
import { SessionStreams } from './session-streams';
import { SessionUses } from './session.ports';
import { type SessionsTarget, TendedKeys } from './tended-keys';

/** Ends one session, or all of the key where none is named. */
export class EndSessionsCommand extends Command<Position> {
  constructor(
    readonly metadata: EventMetadata,
    readonly target: Omit<SessionsTarget, 'organizationId'>,
    readonly one?: { readonly sessionId: SessionId; readonly why: SessionEndReason },
  ) {
    super();
  }
}

@CommandHandler(EndSessionsCommand)
export class EndSessionsHandler implements ICommandHandler<EndSessionsCommand> {
  constructor(
    private readonly sessions: SessionStreams,
    private readonly tended: TendedKeys,
    private readonly uses: SessionUses,
  ) {}

  async execute({ metadata, target, one }: EndSessionsCommand): Promise<Position> {
    const { apiKeyId } = target;
    await this.tended.demand({ ...target, organizationId: metadata.organizationId }, 'delete');
    const command = one
      ? ({ type: 'EndSession', ...one } as const)
      : ({ type: 'EndSessions', apiKeyId } as const);
    const { position } = await this.sessions.record(apiKeyId, command, { metadata });
    if (one) await this.uses.forget(one.sessionId);
    return position;
  }
}
