import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import type { WorkspaceView } from './workspace.view';

export class GetWorkspaceQuery extends Query<WorkspaceView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly workspaceId: WorkspaceId,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetWorkspaceQuery)
export class GetWorkspaceHandler implements IQueryHandler<GetWorkspaceQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
  ) {}

  async execute({ organizationId, workspaceId, atLeastPosition }: GetWorkspaceQuery): Promise<WorkspaceView> {
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const view = await this.directory.workspace(organizationId, workspaceId);
    if (!view) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
    return view;
  }
}
