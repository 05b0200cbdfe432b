import type { OrganizationId, Page, PageRequest, WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import type { ApiKeyView } from './api-key.view';

export class ListApiKeysQuery extends Query<Page<ApiKeyView, bigint>> {
  constructor(
    readonly organizationId: OrganizationId,
    /** Undefined: of all workspaces. */
    readonly workspaceId: WorkspaceId | undefined,
    /** Undefined: under whatever pepper. */
    readonly pepperId: string | undefined,
    readonly page: PageRequest<bigint>,
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
  ) {}

  async execute(query: ListApiKeysQuery): Promise<Page<ApiKeyView, bigint>> {
    const { organizationId, workspaceId, pepperId, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    if (workspaceId) await knownWorkspace(this.directory, organizationId, workspaceId);
    return this.directory.apiKeys(organizationId, { workspaceId, pepperId }, page);
  }
}
