import type { EventMetadata } from '@gatehouse/event-store';
import type { Promised } from '@gatehouse/grpc';
import { proposalId } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { ProposalDesk, type ProposalStanding, type WantedProposal } from '../../app/approval/approval.ports';
import { toProtoProposedCredential } from '../grpc/proposed-credential-conversion';

const { ProposalStatus } = provisioningV1;

/** Provisioning decides on proposals. Where it does not answer nothing is proposed, and nothing done. */
export class GrpcProposalDesk extends ProposalDesk implements OnApplicationShutdown {
  constructor(
    private readonly proposals: Pick<
      Promised<provisioningV1.ProposalServiceClient>,
      'proposeChange' | 'close'
    >,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.proposals.close();
  }

  async propose(
    { organizationId, requestId, reason, actor }: EventMetadata,
    { command, credential, judged, scopes }: WantedProposal,
  ): Promise<ProposalStanding> {
    const answer = await this.proposals.proposeChange({
      ...{ organizationId, requestId, reason, proposedBy: toProtoActor(actor), scopes: [...scopes] },
      command: { ...command, credential: credential && toProtoProposedCredential(credential) },
      judgedStream: judged.name,
      judgedRevision: judged.revision,
    });
    if (!answer.expiresAt) throw new Error(`${answer.proposalId} has no end`);
    return {
      proposalId: proposalId(answer.proposalId),
      status: fromProtoStatus(answer.status),
      expiresAt: answer.expiresAt,
    };
  }
}

const fromProtoStatus = (status: provisioningV1.ProposalStatus): ProposalStanding['status'] => {
  switch (status) {
    case ProposalStatus.OPEN:
      return 'open';
    case ProposalStatus.APPROVED:
      return 'approved';
    case ProposalStatus.REJECTED:
      return 'rejected';
    case ProposalStatus.EXPIRED:
      return 'expired';
    case ProposalStatus.CARRIED_OUT:
      return 'carried_out';
    case ProposalStatus.FAILED:
      return 'failed';
    case ProposalStatus.UNSPECIFIED:
    default:
      throw new Error(`a proposal of status ${status}`);
  }
};
