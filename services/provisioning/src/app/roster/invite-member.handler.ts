import type { EventMetadata } from '@gatehouse/event-store';
import { AppError, Clock, Ids, type InviteId, inviteId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { rosterOf } from '../../domain/roster/roster';
import type { RosterTender } from '../../domain/roster/roster-rules';
import type { MemberRoles } from '../../domain/roster/roster.events';
import type { Answered } from '../answered';
import { OrganizationStreams } from '../organization/organization-streams';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { RosterAnswers } from './roster-answers';
import { RosterStreams } from './roster-streams';
import { EmailFingerprints, InviteMint, memberOfInvite, People } from './roster.ports';
import type { InviteView } from './roster.view';

export interface SentInvite extends Answered<InviteView> {
  /** Empty where an earlier call with the same request id was told it. */
  readonly token: string;
}

export class InviteMemberCommand extends Command<SentInvite> {
  constructor(
    readonly metadata: EventMetadata,
    readonly by: RosterTender,
    readonly email: string,
    readonly roles: MemberRoles,
    readonly expiresAt: Date | undefined,
  ) {
    super();
  }
}

/** The address is noted before the invite is recorded: an invite without one could not be told from another. */
@CommandHandler(InviteMemberCommand)
export class InviteMemberHandler implements ICommandHandler<InviteMemberCommand> {
  constructor(
    private readonly rosters: RosterStreams,
    private readonly organizations: OrganizationStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly people: People,
    private readonly fingerprints: EmailFingerprints,
    private readonly mint: InviteMint,
    private readonly answers: RosterAnswers,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, by, email, roles, expiresAt }: InviteMemberCommand): Promise<SentInvite> {
    const { organizationId, requestId } = metadata;
    if (!(await this.organizations.find(organizationId))) {
      throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
    }
    for (const { workspaceId } of roles.workspaces) await this.workspaces.active(organizationId, workspaceId);
    const id = inviteId(this.ids.derive('inv', organizationId, requestId));
    const { token, hash: tokenHash } = this.mint.mint(organizationId, id);
    const emailFingerprint = this.fingerprints.of(organizationId, email);
    const wanted = { organizationId, inviteId: id, emailFingerprint, roles, tokenHash, expiresAt };
    const command = { type: 'InviteMember', by, ...wanted, at: this.clock.now() } as const;
    const { state, position } = await this.noting({ metadata, id, email }, () =>
      this.rosters.decide(organizationId, command, { metadata }),
    );
    const ours = rosterOf(state).invites.get(id)?.tokenHash === tokenHash;
    const answered = await this.answers.invite(organizationId, id, position);
    return { ...answered, token: ours ? token : '' };
  }

  /** Keeps the address for an invite that is new, and forgets it again where that is refused. */
  private async noting<T>(
    { metadata, id, email }: { metadata: EventMetadata; id: InviteId; email: string },
    invite: () => Promise<T>,
  ): Promise<T> {
    const { organizationId } = metadata;
    const known = rosterOf((await this.rosters.find(organizationId))?.state).invites.has(id);
    if (known) return invite();
    await this.people.note(organizationId, memberOfInvite(id), email);
    try {
      return await invite();
    } catch (error) {
      // Not where it is unclear: it may have been recorded.
      const refused = error instanceof AppError && error.code !== 'UNAVAILABLE';
      if (refused) await this.people.erase(organizationId, memberOfInvite(id));
      throw error;
    }
  }
}
