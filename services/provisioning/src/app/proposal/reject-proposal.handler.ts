import type { EventMetadata } from '@gatehouse/event-store';
import type { ProposalId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { ProposalAnswers } from './proposal-answers';
import { ProposalStreams } from './proposal-streams';
import type { ProposalView } from './proposal.view';

export class RejectProposalCommand extends Command<Answered<ProposalView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly proposalId: ProposalId,
  ) {
    super();
  }
}

@CommandHandler(RejectProposalCommand)
export class RejectProposalHandler implements ICommandHandler<RejectProposalCommand> {
  constructor(
    private readonly proposals: ProposalStreams,
    private readonly answers: ProposalAnswers,
  ) {}

  async execute({ metadata, proposalId }: RejectProposalCommand): Promise<Answered<ProposalView>> {
    const { organizationId } = metadata;
    await this.proposals.assertOwned(organizationId, proposalId);
    const command = { type: 'RejectProposal', organizationId } as const;
    const { position } = await this.proposals.decide(proposalId, command, { metadata });
    return this.answers.at(organizationId, proposalId, position);
  }
}
