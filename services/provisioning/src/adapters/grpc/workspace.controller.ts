import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoArchiveWorkspaceRequest,
  fromProtoChangeWorkspaceLimitsRequest,
  fromProtoCreateWorkspaceRequest,
  fromProtoGetWorkspaceRequest,
  fromProtoListWorkspacesRequest,
  fromProtoRenameWorkspaceRequest,
  fromProtoSetWorkspaceConnectingRequest,
  fromProtoUpdateWorkspaceRequest,
  toProtoListWorkspacesResponse,
  toProtoWorkspace,
  toProtoWorkspaceResponse,
} from './workspace-conversion';

type Definition = typeof provisioningV1.WorkspaceServiceService;

@GrpcService('WorkspaceService', provisioningV1.WorkspaceServiceService)
export class WorkspaceController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('organization.admin', 'workspaces.create', SMALL_REQUEST)
  async createWorkspace(
    request: provisioningV1.CreateWorkspaceRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.CreateWorkspaceResponse> {
    const command = fromProtoCreateWorkspaceRequest(request, callerOf(call));
    const answer = await this.commands.execute(command);
    return { ...toProtoWorkspaceResponse(answer), provisionsPending: answer.provisionsPending };
  }

  @Requires('workspace.read', 'workspaces.read', SMALL_REQUEST)
  async getWorkspace(
    request: provisioningV1.GetWorkspaceRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetWorkspaceResponse> {
    const view = await this.queries.execute(fromProtoGetWorkspaceRequest(request, callerOf(call)));
    return { workspace: toProtoWorkspace(view) };
  }

  @Requires('organization.read', 'workspaces.list', SMALL_REQUEST)
  async listWorkspaces(
    request: provisioningV1.ListWorkspacesRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListWorkspacesResponse> {
    const query = fromProtoListWorkspacesRequest(request, callerOf(call));
    return toProtoListWorkspacesResponse(request, await this.queries.execute(query));
  }

  @Requires('organization.admin', 'workspaces.update', SMALL_REQUEST)
  async changeWorkspaceLimits(
    request: provisioningV1.ChangeWorkspaceLimitsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ChangeWorkspaceLimitsResponse> {
    const command = fromProtoChangeWorkspaceLimitsRequest(request, callerOf(call));
    return toProtoWorkspaceResponse(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'workspaces.update', SMALL_REQUEST)
  async renameWorkspace(
    request: provisioningV1.RenameWorkspaceRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.RenameWorkspaceResponse> {
    const command = fromProtoRenameWorkspaceRequest(request, callerOf(call));
    return toProtoWorkspaceResponse(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'workspaces.update', SMALL_REQUEST)
  async updateWorkspace(
    request: provisioningV1.UpdateWorkspaceRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.UpdateWorkspaceResponse> {
    const command = fromProtoUpdateWorkspaceRequest(request, callerOf(call));
    return toProtoWorkspaceResponse(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'workspaces.delete', SMALL_REQUEST)
  async archiveWorkspace(
    request: provisioningV1.ArchiveWorkspaceRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ArchiveWorkspaceResponse> {
    const command = fromProtoArchiveWorkspaceRequest(request, callerOf(call));
    return toProtoWorkspaceResponse(await this.commands.execute(command));
  }

  @Requires('organization.admin', 'workspaces.update', SMALL_REQUEST)
  async setWorkspaceConnecting(
    request: provisioningV1.SetWorkspaceConnectingRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.SetWorkspaceConnectingResponse> {
    const command = fromProtoSetWorkspaceConnectingRequest(request, callerOf(call));
    return toProtoWorkspaceResponse(await this.commands.execute(command));
  }
}
