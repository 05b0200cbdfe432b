import { type ApiKeyId, AppError, Clock, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { CallingKey } from '../../domain/access/access-facts';
import { type ApplyingLimit, refusedByLimits, seenAt } from '../../domain/access/applying-limit';
import { type ExplainedRoute, explainRoute, type RefusalReason } from '../../domain/access/explain-route';
import { workspaceOfReach } from '../../domain/api-key/api-key.events';
import { ApiKeyStreams } from '../api-key/api-key-streams';
import { Directory } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import { ToldProviders } from './access.ports';
import { ApplyingLimits, visibleLimits } from './applying-limits';

/** Who would call. */
export type Calling =
  | { readonly kind: 'workspace'; readonly workspaceId: WorkspaceId }
  | { readonly kind: 'apiKey'; readonly apiKeyId: ApiKeyId };

export interface AccessQuestion {
  readonly organizationId: OrganizationId;
  readonly calling: Calling;
  readonly slug: string;
  readonly model: string;
  /** Undefined: now. */
  readonly at: Date | undefined;
  /** The only workspace that the caller sees; undefined for who sees all. */
  readonly onlyWorkspaceId: WorkspaceId | undefined;
}

/** Whether a call would be admitted, and why. */
export interface ExplainedAccess {
  /** Absent: it is allowed. */
  readonly refused?: RefusalReason;
  /** When what the limits leave nothing of starts anew; absent of others, and where one of them never does. */
  readonly resetsAt?: Date;
  readonly route: ExplainedRoute;
  /** That the caller may see. */
  readonly limits: readonly ApplyingLimit[];
  readonly at: Date;
}

export class ExplainAccessQuery extends Query<ExplainedAccess> {
  constructor(readonly question: AccessQuestion) {
    super();
  }
}

interface Caller {
  /** Absent where a workspace is asked about. */
  readonly key?: CallingKey;
  readonly workspaceId: WorkspaceId;
}

@QueryHandler(ExplainAccessQuery)
export class ExplainAccessHandler implements IQueryHandler<ExplainAccessQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly apiKeys: ApiKeyStreams,
    private readonly providers: ToldProviders,
    private readonly applying: ApplyingLimits,
    private readonly clock: Clock,
  ) {}

  async execute({ question }: ExplainAccessQuery): Promise<ExplainedAccess> {
    const now = this.clock.now();
    const at = question.at ?? now;
    if (at < now) throw new AppError('REFUSED', 'PAST_IS_THE_AUDIT_SERVICES');
    const caller = await this.callerOf(question);
    if (!caller) return { refused: 'keyUnknown', route: {}, limits: [], at };
    const route = await this.routeOf(question, caller, at);
    const limits = await this.limitsOf(question, caller.workspaceId, route, at);
    const refusal = route.refused
      ? { refused: route.refused }
      : route.model && refusedByLimits(limits, route.model, at);
    const visible = visibleLimits(limits, question.onlyWorkspaceId === undefined);
    return { ...refusal, route, limits: visible, at };
  }

  /** Undefined where there is no such key, as far as the caller sees. */
  private async callerOf({
    organizationId,
    calling,
    onlyWorkspaceId,
  }: AccessQuestion): Promise<Caller | undefined> {
    if (calling.kind === 'workspace') return { workspaceId: calling.workspaceId };
    const key = (await this.apiKeys.find(calling.apiKeyId))?.state;
    if (!key || key.status === 'absent' || key.organizationId !== organizationId) return undefined;
    const workspaceId = workspaceOfReach(key.reach);
    const isSeen = onlyWorkspaceId === undefined || workspaceId === onlyWorkspaceId;
    return workspaceId && isSeen ? { key, workspaceId } : undefined;
  }

  private async routeOf(
    { organizationId, slug, model }: AccessQuestion,
    { key, workspaceId }: Caller,
    at: Date,
  ): Promise<ExplainedRoute> {
    const workspace = await knownWorkspace(this.directory, organizationId, workspaceId);
    const provider = await this.providers.addressed(organizationId, workspaceId, slug);
    const isArchived = workspace.archivedAt !== undefined;
    return explainRoute({ ...(key && { key }), isArchived, ...provider, model, at });
  }

  private async limitsOf(
    { organizationId, calling }: AccessQuestion,
    workspaceId: WorkspaceId,
    { integration, provision }: ExplainedRoute,
    at: Date,
  ): Promise<readonly ApplyingLimit[]> {
    const limits = await this.applying.of(organizationId, {
      workspaceId,
      ...(calling.kind === 'apiKey' && { apiKeyId: calling.apiKeyId }),
      providers: integration && provision ? [{ integration, provision }] : [],
    });
    return limits.map((limit) => seenAt(limit, at));
  }
}
