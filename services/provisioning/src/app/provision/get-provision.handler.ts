import { AppError, type OrganizationId, type ProvisionId, type WorkspaceId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import type { ProvisionView } from './provision.view';

export class GetProvisionQuery extends Query<ProvisionView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly provisionId: ProvisionId,
    /** The only workspace whose provisions the caller sees; undefined for all. */
    readonly workspaceId: WorkspaceId | undefined,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetProvisionQuery)
export class GetProvisionHandler implements IQueryHandler<GetProvisionQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
  ) {}

  async execute(query: GetProvisionQuery): Promise<ProvisionView> {
    const { organizationId, provisionId, workspaceId, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const view = await this.directory.provision(organizationId, provisionId);
    if (!view || (workspaceId !== undefined && view.workspaceId !== workspaceId))
      throw new AppError('NOT_FOUND', 'PROVISION_UNKNOWN');
    return view;
  }
}
