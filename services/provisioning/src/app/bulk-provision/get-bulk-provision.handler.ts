import {
  AppError,
  type BulkId,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { BulkOutcome } from '../../domain/bulk-provision/bulk-provision.events';
import { ROLLOUTS } from '../auto-provision/auto-provision.ports';
import { BulkProvisions, type ToldOutcome } from './bulk-provision.ports';
import type { BulkView } from './bulk-provision.view';

export interface BulkWithOutcomes {
  readonly bulk: BulkView;
  readonly outcomes: CountedPage<ToldOutcome, KeyedPlace>;
}

export class GetBulkProvisionQuery extends Query<BulkWithOutcomes> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly bulkId: BulkId,
    readonly kind: BulkOutcome['kind'] | undefined,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetBulkProvisionQuery)
export class GetBulkProvisionHandler implements IQueryHandler<GetBulkProvisionQuery> {
  constructor(
    private readonly bulks: BulkProvisions,
    private readonly projections: Projections,
  ) {}

  async execute(query: GetBulkProvisionQuery): Promise<BulkWithOutcomes> {
    const { organizationId, bulkId, kind, page, atLeastPosition } = query;
    await this.projections.waitFor(ROLLOUTS, atLeastPosition);
    const bulk = await this.bulks.find(organizationId, bulkId);
    if (!bulk) throw new AppError('NOT_FOUND', 'BULK_UNKNOWN');
    return { bulk, outcomes: await this.bulks.outcomes(bulkId, kind, page) };
  }
}
