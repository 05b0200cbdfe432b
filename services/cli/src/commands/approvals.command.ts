import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { describeActor } from '../describe-actor';
import { describeProposed } from '../describe-proposed';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

const { ProposalStatus } = provisioningV1;

const STATUSES = ['open', 'approved', 'rejected', 'expired', 'carried_out', 'failed'];

/** `approvals`, `approve`, `reject`. */
export const addApprovalCommands = (program: Command, act: Act): void => {
  program
    .command('approvals')
    .description('what waits for a second admin, or became of it')
    .argument('[proposal-id]')
    .addOption(new Option('--status <status>', 'only of this status').choices(STATUSES))
    .action(act(showProposals));
  withChangeOptions(
    program
      .command('approve')
      .description('have done what somebody else has proposed')
      .argument('<proposal-id>'),
  ).action(act(approve));
  withChangeOptions(
    program
      .command('reject')
      .description('refuse, or take back, what was proposed')
      .argument('<proposal-id>'),
  ).action(act(reject));
};

/** `organization approval`. */
export const addApprovalSetting = (organization: Command, act: Act): void => {
  withChangeOptions(
    organization
      .command('approval')
      .description('whether what lets more be spent or called wants a second admin, or changes that'),
  )
    .option('--on', 'from now on it does')
    .option('--off', 'it does not; that wants a second admin itself')
    .action(act(approval));
};

interface SettingOptions extends ChangeOptions {
  readonly on?: boolean;
  readonly off?: boolean;
}

const approval = async (
  { connection, output }: Session,
  { requestId, reason, on = false, off = false }: SettingOptions,
): Promise<void> => {
  if (on && off) throw new AppError('INVALID', 'GIVE_ON_OR_OFF');
  const client = connection.approvals();
  const head = ['a second admin'];
  if (!on && !off) {
    const response = await client.getApproval({});
    const json = provisioningV1.GetApprovalResponse.toJSON(response);
    return output.answer(json, head, [[describeSetting(response.approval)]]);
  }
  const response = await client.changeApproval({ requestId, reason, required: on });
  const json = provisioningV1.ChangeApprovalResponse.toJSON(response);
  return output.answer(json, head, [[describeSetting(response.approval)]]);
};

const describeSetting = (setting: provisioningV1.Approval | undefined): string =>
  setting?.required ? 'is wanted for what lets more be spent or called' : 'is not wanted';

const showProposals = async (
  { connection, output }: Session,
  { status }: { readonly status?: string },
  proposalId?: string,
): Promise<void> => {
  const client = connection.approvals();
  if (proposalId !== undefined) {
    const response = await client.getProposal({ proposalId, atLeastPosition: '' });
    return output.answer(
      provisioningV1.GetProposalResponse.toJSON(response),
      HEAD,
      rowsOf(response.proposal),
    );
  }
  const wanted = status === undefined ? ProposalStatus.UNSPECIFIED : statusOf(status);
  const proposals = await allPages(
    (pageToken) =>
      client.listProposals(
        provisioningV1.ListProposalsRequest.fromPartial({ pageSize: 200, pageToken, status: wanted }),
      ),
    (page) => page.proposals,
  );
  const json = { proposals: proposals.map(provisioningV1.Proposal.toJSON) };
  output.answer(json, HEAD, proposals.flatMap(rowsOf));
};

const statusOf = (name: string): provisioningV1.ProposalStatus =>
  ProposalStatus[name.toUpperCase() as keyof typeof ProposalStatus];

const approve = async (
  { connection, output }: Session,
  { requestId, reason }: ChangeOptions,
  proposalId: string,
): Promise<void> => {
  const response = await connection.approvals().approveProposal({ requestId, reason, proposalId });
  const json = provisioningV1.ApproveProposalResponse.toJSON(response);
  output.answer(json, HEAD, rowsOf(response.proposal));
};

const reject = async (
  { connection, output }: Session,
  { requestId, reason }: ChangeOptions,
  proposalId: string,
): Promise<void> => {
  const response = await connection.approvals().rejectProposal({ requestId, reason, proposalId });
  const json = provisioningV1.RejectProposalResponse.toJSON(response);
  output.answer(json, HEAD, rowsOf(response.proposal));
};

const HEAD = ['id', 'what', 'by', 'why', 'status'];

const rowsOf = (proposal: provisioningV1.Proposal | undefined): string[][] =>
  proposal
    ? [
        [
          proposal.id,
          describeProposed(proposal.command),
          describeActor(proposal.proposedBy),
          proposal.reason,
          describeStatus(proposal),
        ],
      ]
    : [];

const describeStatus = ({ status, failure, expiresAt, decidedBy }: provisioningV1.Proposal): string => {
  switch (status) {
    case ProposalStatus.OPEN:
      return `open until ${expiresAt?.toISOString()}`;
    case ProposalStatus.APPROVED:
      return `approved by ${describeActor(decidedBy)}, being carried out`;
    case ProposalStatus.REJECTED:
      return `rejected by ${describeActor(decidedBy)}`;
    case ProposalStatus.EXPIRED:
      return 'expired';
    case ProposalStatus.CARRIED_OUT:
      return `done, approved by ${describeActor(decidedBy)}`;
    case ProposalStatus.FAILED:
      return `approved by ${describeActor(decidedBy)}, and refused because ${failure}`;
    case ProposalStatus.UNSPECIFIED:
    default:
      return '';
  }
};
