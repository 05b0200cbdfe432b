import { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import { keyNamesOf, type Names, toRestActor } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import type { Asked } from '../rest/asked';
import { timeOrNull } from '../rest/or-null';
import { gathered, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import * as routes from './approval.routes';
import { PROPOSAL_STATUSES, type ProposalAnswer } from './approval.schema';

const PAGE_BY_DEFAULT = 50;

@Controller()
export class ApprovalsController {
  @Serves(routes.listApprovals)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listApprovals>,
  ): Promise<AnswerOf<typeof routes.listApprovals>> {
    const status = query.status && PROPOSAL_STATUSES.valueOf(query.status);
    const { total, items } = await gathered(
      pageOf(query, PAGE_BY_DEFAULT),
      (page) =>
        control.approvals.listProposals(provisioningV1.ListProposalsRequest.fromPartial({ status, ...page })),
      ({ proposals }) => proposals,
    );
    return { object: 'list', total, data: await shown(control, items) };
  }

  @Serves(routes.getProposal)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getProposal>,
  ): Promise<AnswerOf<typeof routes.getProposal>> {
    return known(control, path.proposal);
  }

  @Serves(routes.approveProposal)
  async approve(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.approveProposal>,
  ): Promise<AnswerOf<typeof routes.approveProposal>> {
    const { proposal: proposalId } = path;
    const { position } = await control.approvals.approveProposal({ requestId, ...body, proposalId });
    return known(control, proposalId, position);
  }

  @Serves(routes.rejectProposal)
  async reject(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.rejectProposal>,
  ): Promise<AnswerOf<typeof routes.rejectProposal>> {
    const { proposal: proposalId } = path;
    const { position } = await control.approvals.rejectProposal({ requestId, ...body, proposalId });
    return known(control, proposalId, position);
  }

  @Serves(routes.getApprovalPolicy)
  async policy(
    @AskedOf() { control }: Asked<typeof routes.getApprovalPolicy>,
  ): Promise<AnswerOf<typeof routes.getApprovalPolicy>> {
    const { approval } = await control.approvals.getApproval({});
    return { required: shownIn(approval).required };
  }

  @Serves(routes.changeApprovalPolicy)
  async changePolicy(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.changeApprovalPolicy>,
  ): Promise<AnswerOf<typeof routes.changeApprovalPolicy>> {
    const { approval } = await control.approvals.changeApproval({ requestId, ...body });
    return { required: shownIn(approval).required };
  }
}

/** Waits for a position, where one is given. */
const known = async (
  control: ControlPlane,
  proposalId: string,
  atLeastPosition = '',
): Promise<ProposalAnswer> => {
  const { proposal } = await control.approvals.getProposal({ proposalId, atLeastPosition });
  const [answer] = await shown(control, [shownIn(proposal)]);
  return shownIn(answer);
};

const shown = async (
  control: ControlPlane,
  proposals: readonly provisioningV1.Proposal[],
): Promise<ProposalAnswer[]> => {
  const actors = proposals.flatMap(({ proposedBy, decidedBy }) => [proposedBy, decidedBy]);
  const names = await keyNamesOf(control, actors);
  return proposals.map((proposal) => toRestProposal(proposal, names));
};

const toRestProposal = (proposal: provisioningV1.Proposal, names: Names): ProposalAnswer => ({
  id: proposal.id,
  ...commandOf(proposal.command),
  status: PROPOSAL_STATUSES.of(proposal.status),
  failure: proposal.failure || null,
  proposed_by: toRestActor(proposal.proposedBy, names),
  reason: proposal.reason || null,
  proposed_at: timeOrNull(proposal.proposedAt),
  expires_at: timeOrNull(proposal.expiresAt),
  decided_by: toRestActor(proposal.decidedBy, names),
  object: 'proposal',
});

/** The RPC that it would be, and its request. */
const commandOf = (
  proposed: provisioningV1.ProposedCommand | undefined,
): Pick<ProposalAnswer, 'command' | 'request'> => {
  const said = proposed?.command;
  if (proposed === undefined || said === undefined) return { command: '', request: null };
  if (said.$case === 'registry')
    return { command: said.value.name, request: JSON.parse(said.value.requestJson) as unknown };
  const json = provisioningV1.ProposedCommand.toJSON(proposed) as Readonly<Record<string, unknown>>;
  const { $case } = said;
  return { command: `${$case.slice(0, 1).toUpperCase()}${$case.slice(1)}`, request: json[$case] ?? null };
};
