import type { EventMetadata } from '@gatehouse/event-store';
import { Clock, type InviteId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { rosterOf } from '../../domain/roster/roster';
import type { RosterTender } from '../../domain/roster/roster-rules';
import type { SentInvite } from './invite-member.handler';
import { RosterAnswers } from './roster-answers';
import { RosterStreams } from './roster-streams';
import { InviteMint } from './roster.ports';

export class ResendInviteCommand extends Command<SentInvite> {
  constructor(
    readonly metadata: EventMetadata,
    readonly by: RosterTender,
    readonly inviteId: InviteId,
    readonly expiresAt: Date | undefined,
  ) {
    super();
  }
}

@CommandHandler(ResendInviteCommand)
export class ResendInviteHandler implements ICommandHandler<ResendInviteCommand> {
  constructor(
    private readonly rosters: RosterStreams,
    private readonly mint: InviteMint,
    private readonly answers: RosterAnswers,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, by, inviteId, expiresAt }: ResendInviteCommand): Promise<SentInvite> {
    const { organizationId } = metadata;
    const { token, hash: tokenHash } = this.mint.mint(organizationId, inviteId);
    const at = this.clock.now();
    const command = { type: 'ResendInvite', by, organizationId, inviteId, tokenHash, expiresAt, at } as const;
    const { state, position } = await this.rosters.decide(organizationId, command, { metadata });
    const ours = rosterOf(state).invites.get(inviteId)?.tokenHash === tokenHash;
    const answered = await this.answers.invite(organizationId, inviteId, position);
    return { ...answered, token: ours ? token : '' };
  }
}
