import { AppError, type Decider, type OrganizationId } from '@gatehouse/kernel';
import { type ApproveProposal, approveProposal } from './approve-proposal';
import { evolve, type KnownProposal, ownedProposal, type ProposalState } from './proposal';
import type { ProposalEvent } from './proposal.events';
import { type ProposeChange, proposeChange } from './propose-change';

export interface RejectProposal {
  readonly type: 'RejectProposal';
  readonly organizationId: OrganizationId;
}

export interface ExpireProposal {
  readonly type: 'ExpireProposal';
  readonly organizationId: OrganizationId;
  readonly at: Date;
}

/** Tells what became of what was approved. */
export interface EndProposal {
  readonly type: 'EndProposal';
  readonly organizationId: OrganizationId;
  /** Why its command was refused; undefined where it was carried out. */
  readonly refused: string | undefined;
}

export type ProposalCommand = ProposeChange | ApproveProposal | RejectProposal | ExpireProposal | EndProposal;

const decide = (command: ProposalCommand, proposal: ProposalState): readonly ProposalEvent[] => {
  if (command.type === 'ProposeChange') return proposeChange(command, proposal);
  const owned = ownedProposal(command.organizationId, proposal);
  const { proposalId } = owned;
  switch (command.type) {
    case 'ApproveProposal':
      return approveProposal(command, owned);
    case 'RejectProposal':
      return rejectProposal(owned);
    case 'ExpireProposal':
      return owned.status === 'open' && owned.expiresAt <= command.at
        ? [{ type: 'ProposalExpired', proposalId }]
        : [];
    case 'EndProposal':
      return endProposal(command, owned);
  }
};

/** Anybody may who could approve it, and whoever proposed it. REFUSED `PROPOSAL_APPROVED`. What has ended records nothing. */
const rejectProposal = ({ status, proposalId }: KnownProposal): readonly ProposalEvent[] => {
  switch (status) {
    case 'open':
      return [{ type: 'ProposalRejected', proposalId }];
    case 'approved':
    case 'carriedOut':
      throw new AppError('REFUSED', 'PROPOSAL_APPROVED');
    case 'rejected':
    case 'expired':
    case 'failed':
      return [];
  }
};

/** The first end is the last. */
const endProposal = (
  { refused }: EndProposal,
  { status, proposalId }: KnownProposal,
): readonly ProposalEvent[] => {
  if (status !== 'approved') return [];
  return refused === undefined
    ? [{ type: 'ProposalCarriedOut', proposalId }]
    : [{ type: 'ProposalFailed', proposalId, reason: refused }];
};

/** A change that lets more be spent or called, proposed by one and to be approved by another. */
export const proposalDecider: Decider<ProposalCommand, ProposalState, ProposalEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
