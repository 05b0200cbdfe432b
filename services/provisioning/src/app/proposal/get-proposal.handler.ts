import type { OrganizationId, ProposalId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ProposalAnswers } from './proposal-answers';
import type { ProposalView } from './proposal.view';

export class GetProposalQuery extends Query<ProposalView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly proposalId: ProposalId,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetProposalQuery)
export class GetProposalHandler implements IQueryHandler<GetProposalQuery> {
  constructor(private readonly answers: ProposalAnswers) {}

  execute({ organizationId, proposalId, atLeastPosition }: GetProposalQuery): Promise<ProposalView> {
    return this.answers.find(organizationId, proposalId, atLeastPosition);
  }
}
