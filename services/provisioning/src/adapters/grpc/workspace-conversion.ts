import { type Caller, fromProtoOrderBy, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import { type CountedPage, type KeyedPlace, workspaceId } from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { WORKSPACE_ORDERS } from '../../app/directory.ports';
import { ChangeWorkspaceLimitsCommand } from '../../app/workspace/change-workspace-limits.handler';
import { CreateWorkspaceCommand } from '../../app/workspace/create-workspace.handler';
import { GetWorkspaceQuery } from '../../app/workspace/get-workspace.handler';
import { ListWorkspacesQuery } from '../../app/workspace/list-workspaces.handler';
import type { WorkspaceView } from '../../app/workspace/workspace.view';
import { toProtoLimits } from '../events/recorded-limits';
import { pagingOf, ProvisioningChecks } from './request-fields';

export const fromProtoCreateWorkspaceRequest = (
  request: provisioningV1.CreateWorkspaceRequest,
  caller: Caller,
): CreateWorkspaceCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'CreateWorkspace' };
  const metadata = checks.metadata(request, origin);
  const name = checks.name(request.name);
  const limits = checks.limits(request.limits);
  checks.done();
  return new CreateWorkspaceCommand(metadata, name, limits);
};

export const fromProtoChangeWorkspaceLimitsRequest = (
  request: provisioningV1.ChangeWorkspaceLimitsRequest,
  caller: Caller,
): ChangeWorkspaceLimitsCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'ChangeWorkspaceLimits' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('workspace_id', request.workspaceId, workspaceId);
  const limits = checks.limits(request.limits);
  const expectedRevision = checks.expectedRevision(request.expectedRevision);
  checks.done();
  return new ChangeWorkspaceLimitsCommand(metadata, id, limits, expectedRevision);
};

export const fromProtoGetWorkspaceRequest = (
  request: provisioningV1.GetWorkspaceRequest,
  caller: Caller,
): GetWorkspaceQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('workspace_id', request.workspaceId, workspaceId);
  checks.done();
  return new GetWorkspaceQuery(organizationOf(caller), id, request.atLeastPosition);
};

export const fromProtoListWorkspacesRequest = (
  request: provisioningV1.ListWorkspacesRequest,
  caller: Caller,
): ListWorkspacesQuery => {
  const checks = new ProvisioningChecks();
  const selection = {
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, WORKSPACE_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, workspacePaging(request));
  return new ListWorkspacesQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const workspacePaging = ({ search, orderBy }: provisioningV1.ListWorkspacesRequest) =>
  pagingOf(search, orderBy);

export const toProtoListWorkspacesResponse = (
  request: provisioningV1.ListWorkspacesRequest,
  { items, next, totalSize }: CountedPage<WorkspaceView, KeyedPlace>,
): provisioningV1.ListWorkspacesResponse => ({
  workspaces: items.map(toProtoWorkspace),
  nextPageToken: toProtoPageToken(next, workspacePaging(request)),
  totalSize,
});

export const toProtoWorkspace = (view: WorkspaceView): provisioningV1.Workspace => ({
  ...view,
  limits: toProtoLimits(view.limits),
});
