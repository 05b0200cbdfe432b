import { type AccessScope, AppError, type OrganizationId } from '@gatehouse/kernel';
import type { KnownProposal } from './proposal';
import type { ProposalEvent } from './proposal.events';

export interface ApproveProposal {
  readonly type: 'ApproveProposal';
  readonly organizationId: OrganizationId;
  /** Of the key that approves. */
  readonly scopes: ReadonlySet<AccessScope>;
  /** Members, and keys without one, that were ever told the secret of that key. */
  readonly behind: readonly string[];
  readonly at: Date;
}

/**
 * FORBIDDEN `OWN_PROPOSAL` for whoever may be the same person as who proposed it; `SCOPE_MISSING` for a key that could not give
 * its command. REFUSED `PROPOSAL_REJECTED`, `PROPOSAL_EXPIRED`, `PROPOSAL_FAILED`. Approving twice records nothing.
 */
export const approveProposal = (
  { scopes, behind, at }: ApproveProposal,
  proposal: KnownProposal,
): readonly ProposalEvent[] => {
  if (!proposal.scopes.some((scope) => scopes.has(scope)))
    throw new AppError('FORBIDDEN', 'SCOPE_MISSING', { metadata: { scope: proposal.scopes.join(' or ') } });
  // Nobody known behind a key is nobody who could be told from another.
  if (behind.length === 0 || behind.some((one) => proposal.behind.includes(one)))
    throw new AppError('FORBIDDEN', 'OWN_PROPOSAL');
  switch (proposal.status) {
    case 'open':
      if (proposal.expiresAt <= at) throw new AppError('REFUSED', 'PROPOSAL_EXPIRED');
      return [{ type: 'ProposalApproved', proposalId: proposal.proposalId, behind }];
    case 'approved':
    case 'carriedOut':
      return [];
    case 'rejected':
      throw new AppError('REFUSED', 'PROPOSAL_REJECTED');
    case 'expired':
      throw new AppError('REFUSED', 'PROPOSAL_EXPIRED');
    case 'failed':
      throw new AppError('REFUSED', 'PROPOSAL_FAILED');
  }
};
