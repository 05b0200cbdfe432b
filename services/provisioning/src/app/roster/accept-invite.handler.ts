import type { EventMetadata } from '@gatehouse/event-store';
import { Clock, type InviteId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { RosterAnswers } from './roster-answers';
import { RosterStreams } from './roster-streams';
import { memberOfInvite, People } from './roster.ports';
import type { MemberView } from './roster.view';

export class AcceptInviteCommand extends Command<Answered<MemberView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly inviteId: InviteId,
    /** Of the token that was presented, in hex. */
    readonly tokenHash: string,
    readonly name: string,
  ) {
    super();
  }
}

/** The name is kept after the membership is recorded: a token that is void must change nobody's. */
@CommandHandler(AcceptInviteCommand)
export class AcceptInviteHandler implements ICommandHandler<AcceptInviteCommand> {
  constructor(
    private readonly rosters: RosterStreams,
    private readonly people: People,
    private readonly answers: RosterAnswers,
    private readonly clock: Clock,
  ) {}

  async execute(command: AcceptInviteCommand): Promise<Answered<MemberView>> {
    const { metadata, inviteId, tokenHash, name } = command;
    const { organizationId } = metadata;
    const memberId = memberOfInvite(inviteId);
    const accept = {
      type: 'AcceptInvite',
      organizationId,
      inviteId,
      memberId,
      tokenHash,
      at: this.clock.now(),
    } as const;
    const { position } = await this.rosters.decide(organizationId, accept, { metadata });
    await this.people.call(organizationId, memberId, name);
    return this.answers.member(organizationId, memberId, position);
  }
}
