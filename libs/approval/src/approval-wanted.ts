import { AppError, type ProposalId } from '@gatehouse/kernel';

/** What became of a command that lets more. */
export interface MadeProposal {
  readonly proposalId: ProposalId;
  /** `open`, `approved`, `rejected`, `expired`, `carried_out` or `failed`. */
  readonly status: string;
  /** From then on it is not to be approved. */
  readonly expiresAt: Date;
}

/**
 * What a command is answered that became a proposal: a response that had a proposal in place of what was changed would be taken
 * for a change by whoever does not know of proposals.
 */
export const approvalWanted = ({ proposalId, status, expiresAt }: MadeProposal): AppError =>
  new AppError('REFUSED', 'APPROVAL_REQUIRED', {
    metadata: { proposal: proposalId, status, expires_at: expiresAt.toISOString() },
  });
