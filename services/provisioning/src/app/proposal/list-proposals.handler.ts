import {
  Clock,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Proposals, PROPOSALS, type ProposalSelection } from './proposal.ports';
import type { ProposalView } from './proposal.view';

export class ListProposalsQuery extends Query<CountedPage<ProposalView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: Omit<ProposalSelection, 'at'>,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListProposalsQuery)
export class ListProposalsHandler implements IQueryHandler<ListProposalsQuery> {
  constructor(
    private readonly proposals: Proposals,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async execute(query: ListProposalsQuery): Promise<CountedPage<ProposalView, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(PROPOSALS, atLeastPosition);
    return this.proposals.list(organizationId, { ...selection, at: this.clock.now() }, page);
  }
}
