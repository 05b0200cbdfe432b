import type { OrganizationId, Page, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import type { WorkspaceView } from './workspace.view';

export class ListWorkspacesQuery extends Query<Page<WorkspaceView, bigint>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly page: PageRequest<bigint>,
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

  async execute({
    organizationId,
    page,
    atLeastPosition,
  }: ListWorkspacesQuery): Promise<Page<WorkspaceView, bigint>> {
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    return this.directory.workspaces(organizationId, page);
  }
}
