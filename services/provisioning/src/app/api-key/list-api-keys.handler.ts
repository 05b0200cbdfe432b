import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY, type Page, type PageRequest } from '../directory.ports';
import type { ApiKeyView } from './api-key.view';

export class ListApiKeysQuery extends Query<Page<ApiKeyView>> {
  constructor(
    readonly organizationId: OrganizationId,
    /** Undefined: of all workspaces. */
    readonly workspaceId: WorkspaceId | undefined,
    readonly page: PageRequest,
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

  async execute(query: ListApiKeysQuery): Promise<Page<ApiKeyView>> {
    const { organizationId, workspaceId, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    if (workspaceId && !(await this.directory.workspace(organizationId, workspaceId))) {
      throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
    }
    return this.directory.apiKeys(organizationId, workspaceId, page);
  }
}
