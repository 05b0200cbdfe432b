import type { CountedPage, KeyedPlace, OrganizationId, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY, type WorkspaceSelection } from '../directory.ports';
import type { WorkspaceView } from './workspace.view';

export class ListWorkspacesQuery extends Query<CountedPage<WorkspaceView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: WorkspaceSelection,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListWorkspacesQuery)
export class ListWorkspacesHandler implements IQueryHandler<ListWorkspacesQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
  ) {}

  async execute(query: ListWorkspacesQuery): Promise<CountedPage<WorkspaceView, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    return this.directory.workspaces(organizationId, selection, page);
  }
}
