import type { Position } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { MemberTarget } from './change-member-roles.handler';
import { MemberEndings } from './member-endings';
import { RosterStreams } from './roster-streams';

export class RemoveMemberCommand extends Command<Position> {
  constructor(readonly target: MemberTarget) {
    super();
  }
}

/** What the removal entails is done before it is answered; MemberEnder does what was cut off. */
@CommandHandler(RemoveMemberCommand)
export class RemoveMemberHandler implements ICommandHandler<RemoveMemberCommand> {
  constructor(
    private readonly rosters: RosterStreams,
    private readonly endings: MemberEndings,
  ) {}

  async execute({ target }: RemoveMemberCommand): Promise<Position> {
    const { metadata, ...about } = target;
    const { organizationId } = metadata;
    const command = { type: 'RemoveMember', organizationId, ...about } as const;
    const { position } = await this.rosters.decide(organizationId, command, { metadata });
    return this.endings.end({ organizationId, memberId: about.memberId }, position);
  }
}
