import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoAcceptInviteRequest,
  fromProtoCancelInviteRequest,
  fromProtoChangeMemberRolesRequest,
  fromProtoGetInviteRequest,
  fromProtoGetMemberRequest,
  fromProtoInviteMemberRequest,
  fromProtoListInvitesRequest,
  fromProtoListMembersRequest,
  fromProtoRemoveMemberRequest,
  fromProtoResendInviteRequest,
  toProtoCancelInviteResponse,
  toProtoInvite,
  toProtoListInvitesResponse,
  toProtoListMembersResponse,
  toProtoMember,
  toProtoMemberResponse,
  toProtoSentInvite,
} from './member-conversion';

type Definition = typeof provisioningV1.MemberServiceService;

@GrpcService('MemberService', provisioningV1.MemberServiceService)
export class MemberController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('member.invite', 'organisation_users.create', SMALL_REQUEST)
  async inviteMember(
    request: provisioningV1.InviteMemberRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.InviteMemberResponse> {
    const command = fromProtoInviteMemberRequest(request, callerOf(call));
    return toProtoSentInvite(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'organisation_users.update', SMALL_REQUEST)
  async resendInvite(
    request: provisioningV1.ResendInviteRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ResendInviteResponse> {
    const command = fromProtoResendInviteRequest(request, callerOf(call));
    return toProtoSentInvite(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'organisation_users.delete', SMALL_REQUEST)
  async cancelInvite(
    request: provisioningV1.CancelInviteRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.CancelInviteResponse> {
    const command = fromProtoCancelInviteRequest(request, callerOf(call));
    return toProtoCancelInviteResponse(await this.commands.execute(command));
  }

  @Requires('invite', SMALL_REQUEST)
  async acceptInvite(
    request: provisioningV1.AcceptInviteRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.AcceptInviteResponse> {
    const command = fromProtoAcceptInviteRequest(request, callerOf(call));
    return toProtoMemberResponse(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'organisation_users.update', SMALL_REQUEST)
  async changeMemberRoles(
    request: provisioningV1.ChangeMemberRolesRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeMemberRolesResponse> {
    const command = fromProtoChangeMemberRolesRequest(request, callerOf(call));
    return toProtoMemberResponse(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'organisation_users.delete', SMALL_REQUEST)
  async removeMember(
    request: provisioningV1.RemoveMemberRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RemoveMemberResponse> {
    const command = fromProtoRemoveMemberRequest(request, callerOf(call));
    return { position: String(await this.commands.execute(command)) };
  }

  @Requires('organization.read', 'organisation_users.read', SMALL_REQUEST)
  async getMember(
    request: provisioningV1.GetMemberRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetMemberResponse> {
    const view = await this.queries.execute(fromProtoGetMemberRequest(request, callerOf(call)));
    return { member: toProtoMember(view) };
  }

  @Requires('organization.read', 'organisation_users.list', SMALL_REQUEST)
  async listMembers(
    request: provisioningV1.ListMembersRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListMembersResponse> {
    const query = fromProtoListMembersRequest(request, callerOf(call));
    return toProtoListMembersResponse(request, await this.queries.execute(query));
  }

  @Requires('organization.read', 'organisation_users.read', SMALL_REQUEST)
  async getInvite(
    request: provisioningV1.GetInviteRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetInviteResponse> {
    const view = await this.queries.execute(fromProtoGetInviteRequest(request, callerOf(call)));
    return { invite: toProtoInvite(view) };
  }

  @Requires('organization.read', 'organisation_users.list', SMALL_REQUEST)
  async listInvites(
    request: provisioningV1.ListInvitesRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListInvitesResponse> {
    const query = fromProtoListInvitesRequest(request, callerOf(call));
    return toProtoListInvitesResponse(request, await this.queries.execute(query));
  }
}
