import { Clock } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { type AwaitingSecret, CredentialVault } from '../integration/integration.ports';
import { EndedProposals } from './approval.ports';

/** Destroys credentials that nobody has approved and nobody can any more: their proposal has ended, or its time is over. */
@Injectable()
export class UnapprovedCredentials {
  constructor(
    private readonly vault: CredentialVault,
    private readonly ended: EndedProposals,
    private readonly clock: Clock,
  ) {}

  /** Goes on behind those that wait still. */
  async sweep(): Promise<void> {
    let last: AwaitingSecret | undefined;
    do {
      const awaiting = await this.vault.awaitingApproval(last);
      await this.destroyOver(awaiting);
      last = awaiting.at(-1);
    } while (last !== undefined);
  }

  private async destroyOver(awaiting: readonly AwaitingSecret[]): Promise<void> {
    const proposals = awaiting.flatMap(({ proposalId }) => proposalId ?? []);
    const ended = await this.ended.among(proposals);
    const now = this.clock.now();
    for (const { secretId, until, proposalId } of awaiting) {
      const over = until <= now || (proposalId !== undefined && ended.has(proposalId));
      if (over) await this.vault.destroyUnapproved(secretId);
    }
  }
}
