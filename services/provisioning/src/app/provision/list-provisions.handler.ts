import type { CountedPage, KeyedPlace, OrganizationId, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY, type ProvisionSelection } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import type { ProvisionView } from './provision.view';

export class ListProvisionsQuery extends Query<CountedPage<ProvisionView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: ProvisionSelection,
    readonly page: PageRequest<KeyedPlace>,
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

  async execute(query: ListProvisionsQuery): Promise<CountedPage<ProvisionView, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const { workspaceId } = selection;
    if (workspaceId) await knownWorkspace(this.directory, organizationId, workspaceId);
    return this.directory.provisions(organizationId, selection, page);
  }
}
