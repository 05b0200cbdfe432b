import { AppError, type OrganizationId, type ReratingId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Rerating } from '../../domain/adjustment/rerating';
import { Reratings } from './rerating.ports';

export class GetReratingQuery extends Query<Rerating> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly id: ReratingId,
  ) {
    super();
  }
}

/** NOT_FOUND `RERATING_UNKNOWN`, for another organization's as for none. */
@QueryHandler(GetReratingQuery)
export class GetReratingHandler implements IQueryHandler<GetReratingQuery> {
  constructor(private readonly reratings: Reratings) {}

  async execute({ organizationId, id }: GetReratingQuery): Promise<Rerating> {
    const rerating = await this.reratings.find(organizationId, id);
    if (!rerating) throw new AppError('NOT_FOUND', 'RERATING_UNKNOWN');
    return rerating;
  }
}
