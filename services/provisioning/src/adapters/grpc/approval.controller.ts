import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { GetApprovalQuery } from '../../app/organization/get-approval.handler';
import {
  fromProtoApproveProposalRequest,
  fromProtoChangeApprovalRequest,
  fromProtoGetProposalRequest,
  fromProtoListProposalsRequest,
  fromProtoRejectProposalRequest,
  toProtoApproval,
  toProtoListProposalsResponse,
  toProtoProposal,
} from './approval-conversion';
import { organizationOf } from '@gatehouse/platform';

type Definition = typeof provisioningV1.ApprovalServiceService;

/** Whether a second admin is wanted, and what waits for one. */
@GrpcService('ApprovalService', provisioningV1.ApprovalServiceService)
export class ApprovalController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'organisation_settings.update', SMALL_REQUEST)
  async changeApproval(
    request: provisioningV1.ChangeApprovalRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeApprovalResponse> {
    const command = fromProtoChangeApprovalRequest(request, callerOf(call));
    const { view, position } = await this.commands.execute(command);
    return { approval: toProtoApproval(view), position: String(position) };
  }

  @Requires('organization.read', 'organisation_settings.read', SMALL_REQUEST)
  async getApproval(
    _request: provisioningV1.GetApprovalRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetApprovalResponse> {
    const setting = await this.queries.execute(new GetApprovalQuery(organizationOf(callerOf(call))));
    return { approval: toProtoApproval(setting) };
  }

  @Requires('organization.read', 'policies.list', SMALL_REQUEST)
  async listProposals(
    request: provisioningV1.ListProposalsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListProposalsResponse> {
    const query = fromProtoListProposalsRequest(request, callerOf(call));
    return toProtoListProposalsResponse(request, await this.queries.execute(query));
  }

  @Requires('organization.read', 'policies.read', SMALL_REQUEST)
  async getProposal(
    request: provisioningV1.GetProposalRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetProposalResponse> {
    const view = await this.queries.execute(fromProtoGetProposalRequest(request, callerOf(call)));
    return { proposal: toProtoProposal(view) };
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async approveProposal(
    request: provisioningV1.ApproveProposalRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ApproveProposalResponse> {
    const command = fromProtoApproveProposalRequest(request, callerOf(call));
    const { view, position } = await this.commands.execute(command);
    return { proposal: toProtoProposal(view), position: String(position) };
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async rejectProposal(
    request: provisioningV1.RejectProposalRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RejectProposalResponse> {
    const command = fromProtoRejectProposalRequest(request, callerOf(call));
    const { view, position } = await this.commands.execute(command);
    return { proposal: toProtoProposal(view), position: String(position) };
  }
}
