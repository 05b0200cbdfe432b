import type { EventMetadata } from '@gatehouse/event-store';
import { type AccessScope, Clock, type ProposalId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { PeopleBehind } from './people-behind';
import { ProposalAnswers } from './proposal-answers';
import { ProposalCarrier } from './proposal-carrier';
import { ProposalStreams } from './proposal-streams';
import type { ProposalView } from './proposal.view';

export class ApproveProposalCommand extends Command<Answered<ProposalView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly proposalId: ProposalId,
    /** Of the key that approves. */
    readonly scopes: ReadonlySet<AccessScope>,
  ) {
    super();
  }
}

/** Approves and carries out; should this process end in between, the process manager of proposals carries it out. */
@CommandHandler(ApproveProposalCommand)
export class ApproveProposalHandler implements ICommandHandler<ApproveProposalCommand> {
  constructor(
    private readonly proposals: ProposalStreams,
    private readonly people: PeopleBehind,
    private readonly carrier: ProposalCarrier,
    private readonly answers: ProposalAnswers,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, proposalId, scopes }: ApproveProposalCommand): Promise<Answered<ProposalView>> {
    const { organizationId, actor } = metadata;
    await this.proposals.assertOwned(organizationId, proposalId);
    const behind = await this.people.key(actor.id);
    const at = this.clock.now();
    const command = { type: 'ApproveProposal', organizationId, scopes, behind, at } as const;
    const approved = await this.proposals.decide(proposalId, command, { metadata });
    const position = (await this.carrier.carry(proposalId)) ?? approved.position;
    return this.answers.at(organizationId, proposalId, position);
  }
}
