import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import { knownWorkspace } from './known-workspace';
import type { WorkspaceView } from './workspace.view';

export class GetWorkspaceQuery extends Query<WorkspaceView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly named: NamedWorkspace,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

/** By its id, or by its slug; `only` is the one that the caller sees, where it does not see all. */
export type NamedWorkspace =
  { readonly id: WorkspaceId } | { readonly slug: string; readonly only: WorkspaceId | undefined };

@QueryHandler(GetWorkspaceQuery)
export class GetWorkspaceHandler implements IQueryHandler<GetWorkspaceQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
  ) {}

  /** As by its id: of another workspace's slug a workspace's key is not told whether there is one. */
  async execute({ organizationId, named, atLeastPosition }: GetWorkspaceQuery): Promise<WorkspaceView> {
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    if ('id' in named) return knownWorkspace(this.directory, organizationId, named.id);
    const view = await this.directory.workspaceBySlug(organizationId, named.slug);
    if (named.only !== undefined && named.only !== view?.id) {
      throw new AppError('FORBIDDEN', 'WORKSPACE_FORBIDDEN');
    }
    if (view === undefined) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
    return view;
  }
}
