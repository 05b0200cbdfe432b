import type { EventMetadata } from '@gatehouse/event-store';
import type { InviteId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RosterTender } from '../../domain/roster/roster-rules';
import type { Answered } from '../answered';
import { RosterAnswers } from './roster-answers';
import { RosterStreams } from './roster-streams';
import { memberOfInvite, People } from './roster.ports';
import type { InviteView } from './roster.view';

export class CancelInviteCommand extends Command<Answered<InviteView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly by: RosterTender,
    readonly inviteId: InviteId,
  ) {
    super();
  }
}

@CommandHandler(CancelInviteCommand)
export class CancelInviteHandler implements ICommandHandler<CancelInviteCommand> {
  constructor(
    private readonly rosters: RosterStreams,
    private readonly people: People,
    private readonly answers: RosterAnswers,
  ) {}

  async execute({ metadata, by, inviteId }: CancelInviteCommand): Promise<Answered<InviteView>> {
    const { organizationId } = metadata;
    const command = { type: 'CancelInvite', by, organizationId, inviteId } as const;
    const { position } = await this.rosters.decide(organizationId, command, { metadata });
    await this.people.erase(organizationId, memberOfInvite(inviteId));
    return this.answers.invite(organizationId, inviteId, position);
  }
}
