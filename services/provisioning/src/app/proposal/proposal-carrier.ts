import { Consents } from '@gatehouse/approval';
import type { EventMetadata, Position } from '@gatehouse/event-store';
import { AppError, type ProposalId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { PROVISIONING } from '../own-metadata';
import { ProposedCommands } from './proposal.ports';
import { ProposalStreams } from './proposal-streams';

/** Carries out what was approved. Whoever does it, and however often, does it once: by the request id that it was asked with. */
@Injectable()
export class ProposalCarrier {
  constructor(
    private readonly proposals: ProposalStreams,
    private readonly commands: CommandBus,
    private readonly proposed: ProposedCommands,
    private readonly consents: Consents,
  ) {}

  /** The position that it reached; undefined where there is nothing to be done. What may yet succeed is thrown. */
  async carry(id: ProposalId): Promise<Position | undefined> {
    const proposal = (await this.proposals.find(id))?.state;
    if (proposal?.status !== 'approved') return undefined;
    const recorded = await this.proposals.recorded(id);
    const [proposing] = recorded;
    const approval = recorded.find((event) => event.type === 'ProposalApproved');
    if (!proposing || !approval) throw new Error(`${id} was not approved`);
    const { organizationId, command, judged } = proposal;
    const by = { organizationId, actor: proposing.metadata.actor };
    const consent = { kind: 'approved', judged, causationId: approval.id } as const;
    const refused = await refusalOf(() =>
      this.consents.within(consent, () => this.commands.execute(this.proposed.commandOf(command, by))),
    );
    const end = { type: 'EndProposal', organizationId, refused } as const;
    const metadata = metadataOf(approval.metadata, approval.id, id);
    return (await this.proposals.decide(id, end, { metadata })).position;
  }
}

/** Undefined where it was done. */
const refusalOf = async (work: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'UNAVAILABLE') throw error;
    return error.reason;
  }
};

const metadataOf = (approval: EventMetadata, causationId: string, id: ProposalId): EventMetadata => ({
  ...approval,
  actor: PROVISIONING,
  requestId: `end-${id}`,
  command: 'EndProposal',
  causationId,
});
