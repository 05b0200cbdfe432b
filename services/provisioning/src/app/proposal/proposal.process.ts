import { Clock, pagesBehind } from '@gatehouse/kernel';
import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ownMetadata } from '../own-metadata';
import { ProposalCarrier } from './proposal-carrier';
import { Proposals, type UnsettledProposal } from './proposal.ports';
import { ProposalStreams } from './proposal-streams';

/**
 * The process manager of proposals: carries out what was approved and cut off, and tells which have expired. That one has
 * expired is data of the proposal, and holds whether or not it was told.
 */
@Injectable()
export class ProposalProcess implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly proposals: Proposals,
    private readonly streams: ProposalStreams,
    private readonly carrier: ProposalCarrier,
    private readonly clock: Clock,
    projections: Projections,
    log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'unsettled proposals',
      intervalMs: 500,
      projections,
      log,
      look: () => this.look(),
    });
  }

  onApplicationBootstrap(): void {
    this.recurring.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.recurring.stop();
  }

  /** What has expired waits for nobody, and comes first. */
  async look(): Promise<void> {
    const at = this.clock.now();
    await this.recurring.each(
      await this.proposals.expired(at),
      (proposal) => this.expire(proposal, at),
      idOf,
    );
    const approved = (after?: UnsettledProposal) => this.proposals.approved(after);
    for await (const some of pagesBehind(approved, this.recurring.stopped))
      await this.recurring.each(some, ({ proposalId }) => this.carrier.carry(proposalId), idOf);
  }

  private async expire({ proposalId, organizationId }: UnsettledProposal, at: Date): Promise<void> {
    const requestId = `expire-${proposalId}`;
    const command = { type: 'ExpireProposal', organizationId, at } as const;
    await this.streams.decide(proposalId, command, {
      metadata: ownMetadata({ organizationId, command: command.type, requestId }),
    });
  }
}

const idOf = ({ proposalId }: UnsettledProposal) => ({ proposalId });
