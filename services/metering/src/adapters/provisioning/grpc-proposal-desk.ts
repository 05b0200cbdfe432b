import type { MadeProposal } from '@gatehouse/approval';
import { type Promised, requirementAt } from '@gatehouse/grpc';
import { proposalId } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import { meteringV1, provisioningV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { toProtoRerateTally, toProtoRerateTerms } from '../events/rerating-messages';
import { ProposalDesk, type WantedCorrection, type WantedReset } from '../../app/limit/limit.ports';

const { resetBudget, waiveDoubt, releaseHeld } = meteringV1.BudgetServiceService;
const { adjustUsage, rerateUsage } = meteringV1.UsageServiceService;

const PATHS: Record<WantedCorrection['kind'], string> = {
  waiver: waiveDoubt.path,
  release: releaseHeld.path,
  adjustment: adjustUsage.path,
  rerating: rerateUsage.path,
};

/** Provisioning decides on proposals. Where it does not answer nothing is proposed, and nothing done. */
export class GrpcProposalDesk extends ProposalDesk implements OnApplicationShutdown {
  constructor(
    private readonly proposals: Pick<
      Promised<provisioningV1.ProposalServiceClient>,
      'proposeReset' | 'proposeCorrection' | 'close'
    >,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.proposals.close();
  }

  async proposeReset({ organizationId, limitId, periodStart, asked }: WantedReset): Promise<MadeProposal> {
    const { requestId, reason, actor } = asked;
    const answer = await this.proposals.proposeReset({
      organizationId,
      reset: { request: { requestId, reason, limitId }, periodStart },
      scopes: scopesAt(resetBudget.path),
      proposedBy: toProtoActor(actor),
    });
    return fromProtoMadeProposal(answer);
  }

  async proposeCorrection(wanted: WantedCorrection): Promise<MadeProposal> {
    const { organizationId, kind, asked } = wanted;
    const answer = await this.proposals.proposeCorrection({
      organizationId,
      correction: { correction: toProtoCorrection(wanted) },
      scopes: scopesAt(PATHS[kind]),
      proposedBy: toProtoActor(asked.actor),
    });
    return fromProtoMadeProposal(answer);
  }
}

const scopesAt = (path: string): string[] => [...(requirementAt(path)?.scopes ?? [])];

const fromProtoMadeProposal = (answer: provisioningV1.ProposeCorrectionResponse): MadeProposal => {
  if (!answer.expiresAt) throw new Error(`${answer.proposalId} has no end`);
  return {
    proposalId: proposalId(answer.proposalId),
    status: provisioningV1.ProposalStatus[answer.status].toLowerCase(),
    expiresAt: answer.expiresAt,
  };
};

const toProtoCorrection = (wanted: WantedCorrection): meteringV1.ProposedCorrection['correction'] => {
  const { requestId, reason } = wanted.asked;
  switch (wanted.kind) {
    case 'waiver': {
      const { limitId, periodStart, doubt } = wanted;
      return { $case: 'waiveDoubt', value: { request: { requestId, reason, limitId }, periodStart, doubt } };
    }
    case 'release': {
      const { limitId, silentBefore } = wanted;
      return { $case: 'releaseHeld', value: { request: { requestId, reason, limitId }, silentBefore } };
    }
    case 'adjustment': {
      const { attempt, amount: amountNanoUsd, before: beforeNanoUsd } = wanted;
      const { requestId: usageRequestId, day } = attempt;
      const request = { requestId, reason, usageRequestId, attempt: attempt.attempt, day, amountNanoUsd };
      return { $case: 'adjustUsage', value: { request, beforeNanoUsd } };
    }
    case 'rerating': {
      const { found, lowers } = wanted;
      const { id, terms, priceBookVersion } = wanted.wanted;
      const request = { requestId, reason, terms: toProtoRerateTerms(terms, priceBookVersion) };
      const tally = { reratingId: id, priceBookVersion, found: toProtoRerateTally(found) };
      return { $case: 'rerateUsage', value: { request, ...tally, lowersNanoUsd: lowers } };
    }
  }
};
