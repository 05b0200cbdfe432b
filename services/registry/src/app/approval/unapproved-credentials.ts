import { Clock, pagesBehind } from '@gatehouse/kernel';
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
    const waiting = (after?: AwaitingSecret) => this.vault.awaitingApproval(after);
    for await (const awaiting of pagesBehind(waiting)) await this.destroyOver(awaiting);
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
