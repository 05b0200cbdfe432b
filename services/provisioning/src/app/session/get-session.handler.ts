import { AppError, type ApiKeyId, Clock, type OrganizationId, type SessionId } from '@gatehouse/kernel';
import { CommandBus, type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { OrganizationState } from '../../domain/organization/organization';
import type { WorkspaceState } from '../../domain/workspace/workspace';
import type { IssuedKey } from '../../domain/api-key/api-key';
import type { BegunSession } from '../../domain/session/sessions';
import { ApiKeyStreams } from '../api-key/api-key-streams';
import { OrganizationStreams } from '../organization/organization-streams';
import { RosterDirectory } from '../roster/roster.ports';
import type { MemberView } from '../roster/roster.view';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { idleEndOf } from './idle-session-ender';
import { SessionStreams } from './session-streams';
import { SessionLifetimes, SessionUses } from './session.ports';

/** A session, and whose it is: by the log, so that a key that was issued an instant ago may sign in. */
export interface SessionView {
  readonly session: BegunSession;
  readonly key: IssuedKey;
  readonly organization: OrganizationState | undefined;
  /** Of a key of a workspace. */
  readonly workspace: WorkspaceState | undefined;
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
    private readonly keys: ApiKeyStreams,
    private readonly organizations: OrganizationStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly rosters: RosterDirectory,
    private readonly uses: SessionUses,
    private readonly lifetimes: SessionLifetimes,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  async execute(query: GetSessionQuery): Promise<SessionView> {
    await this.refuseIdle(query);
    const { organizationId, apiKeyId, sessionId } = query;
    const found = (await this.sessions.find(apiKeyId))?.state.sessions;
    const session = found?.find((one) => one.sessionId === sessionId);
    const key = (await this.keys.find(apiKeyId))?.state;
    // It has ended since it was let in.
    if (!session || !key || key.status === 'absent') throw new AppError('UNAUTHENTICATED', 'SESSION_ENDED');
    const workspaceId = workspaceOfReach(key.reach);
    const [organization, workspace, member] = await Promise.all([
      this.organizations.find(organizationId),
      workspaceId && this.workspaces.find(workspaceId),
      key.memberId && this.rosters.member(organizationId, key.memberId),
    ]);
    return {
      ...{ session, key, organization: organization?.state, workspace: workspace && workspace.state, member },
      idleMs: this.lifetimes.idleMs,
    };
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
