import type { EventMetadata } from '@gatehouse/event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CredentialVault } from '../integration/integration.ports';
import { ProposalDesk, type ProposalStanding, type WantedProposal } from './approval.ports';

export class ProposeChangeCommand extends Command<ProposalStanding> {
  constructor(
    /** Its actor is the key that proposes, its request id that of the command that is proposed. */
    readonly metadata: EventMetadata,
    readonly wanted: WantedProposal,
    /** The vault's row of its credential. */
    readonly secretId: string | undefined,
  ) {
    super();
  }
}

/** Has it decided on, and its credential wait for that. Errors: those of `ProposalDesk`. */
@CommandHandler(ProposeChangeCommand)
export class ProposeChangeHandler implements ICommandHandler<ProposeChangeCommand> {
  constructor(
    private readonly desk: ProposalDesk,
    private readonly vault: CredentialVault,
  ) {}

  async execute({ metadata, wanted, secretId }: ProposeChangeCommand): Promise<ProposalStanding> {
    const standing = await this.desk.propose(metadata, wanted);
    if (secretId !== undefined) await this.settle(secretId, standing);
    return standing;
  }

  private async settle(secretId: string, { proposalId, status, expiresAt }: ProposalStanding): Promise<void> {
    switch (status) {
      case 'open':
      case 'approved':
        return this.vault.awaitApproval(secretId, { until: expiresAt, proposalId });
      // Asked again for what has ended: it was sealed once more for nothing.
      case 'rejected':
      case 'expired':
      case 'failed':
        return this.vault.destroyUnapproved(secretId);
      case 'carried_out':
    }
  }
}
