import { EventStore, Streams } from '@gatehouse/event-store';
import { AppError, Ids, type OrganizationId, type ProposalId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { ownedProposal, type ProposalState } from '../../domain/proposal/proposal';
import { type ProposalCommand, proposalDecider } from '../../domain/proposal/proposal.decider';
import type { ProposalEvent } from '../../domain/proposal/proposal.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class ProposalStreams extends Streams<ProposalCommand, ProposalState, ProposalEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'proposal-', { decider: proposalDecider, codec: codecs.proposal }, ids);
  }

  /** NOT_FOUND `PROPOSAL_UNKNOWN`, also for another organization's. */
  async assertOwned(organizationId: OrganizationId, id: ProposalId): Promise<void> {
    const recorded = await this.find(id);
    if (!recorded) throw new AppError('NOT_FOUND', 'PROPOSAL_UNKNOWN');
    ownedProposal(organizationId, recorded.state);
  }
}
