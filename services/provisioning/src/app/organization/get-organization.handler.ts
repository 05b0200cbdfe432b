import { AppError, type OrganizationId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY } from '../directory.ports';
import type { OrganizationView } from './organization.view';

export class GetOrganizationQuery extends Query<OrganizationView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetOrganizationQuery)
export class GetOrganizationHandler implements IQueryHandler<GetOrganizationQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
  ) {}

  async execute({ organizationId, atLeastPosition }: GetOrganizationQuery): Promise<OrganizationView> {
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const view = await this.directory.organization(organizationId);
    if (!view) throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
    return view;
  }
}
