import type { EventMetadata } from '@gatehouse/event-store';
import type { MemberId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RosterTender } from '../../domain/roster/roster-rules';
import type { MemberRoles } from '../../domain/roster/roster.events';
import type { Answered } from '../answered';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { MemberEndings } from './member-endings';
import { RosterAnswers } from './roster-answers';
import { RosterStreams } from './roster-streams';
import type { MemberView } from './roster.view';

/** Which member a command is about, and on what conditions. */
export interface MemberTarget {
  readonly metadata: EventMetadata;
  readonly by: RosterTender;
  readonly memberId: MemberId;
  readonly expectedRevision: bigint | undefined;
}

export class ChangeMemberRolesCommand extends Command<Answered<MemberView>> {
  constructor(
    readonly target: MemberTarget,
    readonly roles: MemberRoles,
  ) {
    super();
  }
}

@CommandHandler(ChangeMemberRolesCommand)
export class ChangeMemberRolesHandler implements ICommandHandler<ChangeMemberRolesCommand> {
  constructor(
    private readonly rosters: RosterStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly endings: MemberEndings,
    private readonly answers: RosterAnswers,
  ) {}

  async execute({ target, roles }: ChangeMemberRolesCommand): Promise<Answered<MemberView>> {
    const { metadata, ...about } = target;
    const { organizationId } = metadata;
    for (const { workspaceId } of roles.workspaces) await this.workspaces.owned(organizationId, workspaceId);
    const command = { type: 'ChangeMemberRoles', organizationId, ...about, roles } as const;
    const decided = await this.rosters.decide(organizationId, command, { metadata });
    const { memberId } = about;
    const position = await this.endings.revokeLost({ organizationId, memberId }, decided.position);
    return this.answers.member(organizationId, memberId, position);
  }
}
