import {
  Clock,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY, type ApiKeySelection } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import type { ApiKeyView } from './api-key.view';

export class ListApiKeysQuery extends Query<CountedPage<ApiKeyView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: Omit<ApiKeySelection, 'at'>,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListApiKeysQuery)
export class ListApiKeysHandler implements IQueryHandler<ListApiKeysQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async execute(query: ListApiKeysQuery): Promise<CountedPage<ApiKeyView, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const { workspaceId } = selection;
    if (workspaceId) await knownWorkspace(this.directory, organizationId, workspaceId);
    return this.directory.apiKeys(organizationId, { ...selection, at: this.clock.now() }, page);
  }
}
