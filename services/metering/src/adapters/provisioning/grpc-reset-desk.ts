import type { MadeProposal } from '@gatehouse/approval';
import { type Promised, requirementAt } from '@gatehouse/grpc';
import { proposalId } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import { meteringV1, provisioningV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { ResetDesk, type WantedReset } from '../../app/limit/limit.ports';

const { resetBudget } = meteringV1.BudgetServiceService;

/** Provisioning decides on proposals. Where it does not answer nothing is proposed, and nothing reset. */
export class GrpcResetDesk extends ResetDesk implements OnApplicationShutdown {
  constructor(
    private readonly proposals: Pick<
      Promised<provisioningV1.ProposalServiceClient>,
      'proposeReset' | 'close'
    >,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.proposals.close();
  }

  async propose({ organizationId, limitId, periodStart, asked }: WantedReset): Promise<MadeProposal> {
    const { requestId, reason, actor } = asked;
    const answer = await this.proposals.proposeReset({
      organizationId,
      reset: { request: { requestId, reason, limitId }, periodStart },
      scopes: [...(requirementAt(resetBudget.path)?.scopes ?? [])],
      proposedBy: toProtoActor(actor),
    });
    if (!answer.expiresAt) throw new Error(`${answer.proposalId} has no end`);
    return {
      proposalId: proposalId(answer.proposalId),
      status: provisioningV1.ProposalStatus[answer.status].toLowerCase(),
      expiresAt: answer.expiresAt,
    };
  }
}
