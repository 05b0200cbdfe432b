import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ChangeProposed, ProposalEvent } from './proposal.events';

export const PROPOSAL_STATUSES = ['open', 'approved', 'rejected', 'expired', 'carriedOut', 'failed'] as const;

/** `approved`: its command is being carried out. One that is open may have expired: that is for a clock to say. */
export type ProposalStatus = (typeof PROPOSAL_STATUSES)[number];

export interface KnownProposal extends Omit<ChangeProposed, 'type'> {
  readonly status: ProposalStatus;
  /** Why its command was refused; empty unless it was. */
  readonly reason: string;
}

export type ProposalState = { readonly status: 'absent' } | KnownProposal;

/** NOT_FOUND `PROPOSAL_UNKNOWN`, also for another organization's. */
export const ownedProposal = (organizationId: OrganizationId, proposal: ProposalState): KnownProposal => {
  if (proposal.status === 'absent' || proposal.organizationId !== organizationId)
    throw new AppError('NOT_FOUND', 'PROPOSAL_UNKNOWN');
  return proposal;
};

export const evolve = (proposal: ProposalState, event: ProposalEvent): ProposalState => {
  if (event.type === 'ChangeProposed') {
    const { type: _type, ...proposed } = event;
    return { status: 'open', reason: '', ...proposed };
  }
  if (proposal.status === 'absent') return proposal;
  switch (event.type) {
    case 'ProposalApproved':
      return { ...proposal, status: 'approved' };
    case 'ProposalRejected':
      return { ...proposal, status: 'rejected' };
    case 'ProposalExpired':
      return { ...proposal, status: 'expired' };
    case 'ProposalCarriedOut':
      return { ...proposal, status: 'carriedOut' };
    case 'ProposalFailed':
      return { ...proposal, status: 'failed', reason: event.reason };
  }
};
