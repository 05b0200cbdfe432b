import type { Position } from '@gatehouse/event-store';
import { AppError, Clock, type OrganizationId, type ProposalId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import type { Answered } from '../answered';
import { Proposals, PROPOSALS } from './proposal.ports';
import type { ProposalView } from './proposal.view';

/** A proposal as it is read, once its projection has seen what was just done. */
@Injectable()
export class ProposalAnswers {
  constructor(
    private readonly proposals: Proposals,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async at(
    organizationId: OrganizationId,
    id: ProposalId,
    position: Position,
  ): Promise<Answered<ProposalView>> {
    return { view: await this.find(organizationId, id, String(position)), position };
  }

  /** NOT_FOUND `PROPOSAL_UNKNOWN`. */
  async find(organizationId: OrganizationId, id: ProposalId, atLeastPosition: string): Promise<ProposalView> {
    await this.projections.waitFor(PROPOSALS, atLeastPosition);
    const view = await this.proposals.find(organizationId, id, this.clock.now());
    if (!view) throw new AppError('NOT_FOUND', 'PROPOSAL_UNKNOWN');
    return view;
  }
}
