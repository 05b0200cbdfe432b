import { type Caller, fromProtoPage, keyOf, toProtoPageToken } from '@gatehouse/grpc';
import { AppError, type CountedPage, type KeyedPlace, proposalId } from '@gatehouse/kernel';
import { organizationOf, toProtoActor } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type ApprovalSetting, ChangeApprovalCommand } from '../../app/organization/change-approval.handler';
import { ApproveProposalCommand } from '../../app/proposal/approve-proposal.handler';
import { GetProposalQuery } from '../../app/proposal/get-proposal.handler';
import { ListProposalsQuery } from '../../app/proposal/list-proposals.handler';
import type { ProposalView } from '../../app/proposal/proposal.view';
import { RejectProposalCommand } from '../../app/proposal/reject-proposal.handler';
import { PROPOSAL_STATUSES, type ProposalStatus } from '../../domain/proposal/proposal';
import { toProtoProposedCommand } from '../events/proposal.codec';
import { pagingOf, ProvisioningChecks } from './request-fields';

const STATUSES: Readonly<Record<ProposalStatus, provisioningV1.ProposalStatus>> = {
  open: provisioningV1.ProposalStatus.OPEN,
  approved: provisioningV1.ProposalStatus.APPROVED,
  rejected: provisioningV1.ProposalStatus.REJECTED,
  expired: provisioningV1.ProposalStatus.EXPIRED,
  carriedOut: provisioningV1.ProposalStatus.CARRIED_OUT,
  failed: provisioningV1.ProposalStatus.FAILED,
};

export const toProtoStatus = (status: ProposalStatus): provisioningV1.ProposalStatus => STATUSES[status];

export const fromProtoChangeApprovalRequest = (
  request: provisioningV1.ChangeApprovalRequest,
  caller: Caller,
): ChangeApprovalCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'ChangeApproval' };
  const metadata = checks.metadata(request, origin);
  checks.done();
  return new ChangeApprovalCommand(metadata, request.required);
};

export const toProtoApproval = (setting: ApprovalSetting): provisioningV1.Approval => ({ ...setting });

export const fromProtoApproveProposalRequest = (
  request: provisioningV1.ApproveProposalRequest,
  caller: Caller,
): ApproveProposalCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'ApproveProposal' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('proposal_id', request.proposalId, proposalId);
  checks.done();
  const key = keyOf(caller.principal);
  if (!key) throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
  return new ApproveProposalCommand(metadata, id, key.scopes);
};

export const fromProtoRejectProposalRequest = (
  request: provisioningV1.RejectProposalRequest,
  caller: Caller,
): RejectProposalCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'RejectProposal' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('proposal_id', request.proposalId, proposalId);
  checks.done();
  return new RejectProposalCommand(metadata, id);
};

export const fromProtoGetProposalRequest = (
  request: provisioningV1.GetProposalRequest,
  caller: Caller,
): GetProposalQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('proposal_id', request.proposalId, proposalId);
  checks.done();
  return new GetProposalQuery(organizationOf(caller), id, request.atLeastPosition);
};

export const fromProtoListProposalsRequest = (
  request: provisioningV1.ListProposalsRequest,
  caller: Caller,
): ListProposalsQuery => {
  const checks = new ProvisioningChecks();
  const status = PROPOSAL_STATUSES.find((one) => STATUSES[one] === request.status);
  if (status === undefined && request.status !== provisioningV1.ProposalStatus.UNSPECIFIED)
    checks.fault('status', 'must be one of those there are');
  checks.done();
  const page = fromProtoPage(request, proposalPaging(request));
  return new ListProposalsQuery(organizationOf(caller), { status }, page, request.atLeastPosition);
};

const proposalPaging = ({ status }: provisioningV1.ListProposalsRequest) => pagingOf('proposals', status);

export const toProtoListProposalsResponse = (
  request: provisioningV1.ListProposalsRequest,
  { items, next, totalSize }: CountedPage<ProposalView, KeyedPlace>,
): provisioningV1.ListProposalsResponse => ({
  proposals: items.map(toProtoProposal),
  nextPageToken: toProtoPageToken(next, proposalPaging(request)),
  totalSize,
});

export const toProtoProposal = (view: ProposalView): provisioningV1.Proposal => ({
  ...view,
  command: toProtoProposedCommand(view.command),
  status: toProtoStatus(view.status),
  proposedBy: toProtoActor(view.proposedBy),
  decidedBy: view.decidedBy && toProtoActor(view.decidedBy),
});

/** As the metadata of a refusal tells it: `open`, `carried_out`. */
export const spellStatus = (status: ProposalStatus): string =>
  provisioningV1.ProposalStatus[STATUSES[status]].toLowerCase();
