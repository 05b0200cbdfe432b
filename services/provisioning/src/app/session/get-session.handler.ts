import { AppError, type ApiKeyId, Clock, type OrganizationId, type SessionId } from '@gatehouse/kernel';
import { CommandBus, type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { BegunSession } from '../../domain/session/sessions';
import type { ApiKeyView } from '../api-key/api-key.view';
import { Directory } from '../directory.ports';
import type { OrganizationView } from '../organization/organization.view';
import { RosterDirectory } from '../roster/roster.ports';
import type { MemberView } from '../roster/roster.view';
import type { WorkspaceView } from '../workspace/workspace.view';
import { idleEndOf } from './idle-session-ender';
import { SessionStreams } from './session-streams';
import { SessionLifetimes, SessionUses } from './session.ports';

/** A session, and whose it is. */
export interface SessionView {
  readonly session: BegunSession;
  readonly apiKey: ApiKeyView;
  readonly organization: OrganizationView;
  /** Of a key of a workspace. */
  readonly workspace: WorkspaceView | undefined;
  /** Of a key of a person. */
  readonly member: MemberView | undefined;
  readonly idleMs: number;
}

export class GetSessionQuery extends Query<SessionView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly apiKeyId: ApiKeyId,
    readonly sessionId: SessionId,
    /** Whether it is used by this. */
    readonly isUse: boolean,
  ) {
    super();
  }
}

@QueryHandler(GetSessionQuery)
export class GetSessionHandler implements IQueryHandler<GetSessionQuery> {
  constructor(
    private readonly sessions: SessionStreams,
    private readonly directory: Directory,
    private readonly rosters: RosterDirectory,
    private readonly uses: SessionUses,
    private readonly lifetimes: SessionLifetimes,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  async execute(query: GetSessionQuery): Promise<SessionView> {
    await this.refuseIdle(query);
    const { organizationId, apiKeyId, sessionId } = query;
    const [streams, apiKey, organization] = await Promise.all([
      this.sessions.find(apiKeyId),
      this.directory.apiKey(organizationId, apiKeyId, this.clock.now()),
      this.directory.organization(organizationId),
    ]);
    const session = streams?.state.sessions.find((one) => one.sessionId === sessionId);
    // It has ended since it was let in, or what it is of is not known here yet.
    if (!session || !apiKey || !organization) throw new AppError('UNAUTHENTICATED', 'SESSION_ENDED');
    const workspaceId = workspaceOfReach(apiKey.reach);
    const [workspace, member] = await Promise.all([
      workspaceId && this.directory.workspace(organizationId, workspaceId),
      apiKey.memberId && this.rosters.member(organizationId, apiKey.memberId),
    ]);
    const { idleMs } = this.lifetimes;
    return { session, apiKey, organization, workspace, member, idleMs };
  }

  private async refuseIdle(query: GetSessionQuery): Promise<void> {
    const { sessionId, isUse } = query;
    const now = this.clock.now();
    const after = new Date(now.getTime() - this.lifetimes.idleMs);
    const isLive = isUse
      ? await this.uses.use(sessionId, now, after)
      : await this.uses.wasUsed(sessionId, after);
    if (isLive) return;
    await this.commands.execute(idleEndOf(query));
    throw new AppError('UNAUTHENTICATED', 'SESSION_IDLE');
  }
}
