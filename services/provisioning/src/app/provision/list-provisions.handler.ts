import type { OrganizationId, Page, PageRequest, WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import type { ProvisionView } from './provision.view';

export class ListProvisionsQuery extends Query<Page<ProvisionView, bigint>> {
  constructor(
    readonly organizationId: OrganizationId,
    /** Undefined: of all workspaces. */
    readonly workspaceId: WorkspaceId | undefined,
    readonly page: PageRequest<bigint>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListProvisionsQuery)
export class ListProvisionsHandler implements IQueryHandler<ListProvisionsQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
  ) {}

  async execute(query: ListProvisionsQuery): Promise<Page<ProvisionView, bigint>> {
    const { organizationId, workspaceId, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    if (workspaceId) await knownWorkspace(this.directory, organizationId, workspaceId);
    return this.directory.provisions(organizationId, workspaceId, page);
  }
}
