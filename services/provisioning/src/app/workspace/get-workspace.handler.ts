import type { OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import { knownWorkspace } from './known-workspace';
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
    return knownWorkspace(this.directory, organizationId, workspaceId);
  }
}
