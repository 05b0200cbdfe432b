import { type Caller, fromProtoOrderBy, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import { type CountedPage, type KeyedPlace, workspaceId, type WorkspaceId } from '@gatehouse/kernel';
import { onlyWorkspaceOf, organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Answered } from '../../app/answered';
import { WORKSPACE_ORDERS } from '../../app/directory.ports';
import { ArchiveWorkspaceCommand } from '../../app/workspace/archive-workspace.handler';
import { ChangeWorkspaceLimitsCommand } from '../../app/workspace/change-workspace-limits.handler';
import { CreateWorkspaceCommand } from '../../app/workspace/create-workspace.handler';
import { GetWorkspaceQuery, type NamedWorkspace } from '../../app/workspace/get-workspace.handler';
import { ListWorkspacesQuery } from '../../app/workspace/list-workspaces.handler';
import { RenameWorkspaceCommand } from '../../app/workspace/rename-workspace.handler';
import { SetWorkspaceConnectingCommand } from '../../app/workspace/set-workspace-connecting.handler';
import { UpdateWorkspaceCommand } from '../../app/workspace/update-workspace.handler';
import type { WorkspaceTarget } from '../../app/workspace/workspace-changes';
import type { WorkspaceView } from '../../app/workspace/workspace.view';
import { workspaceSlug } from '../../domain/workspace-slug/workspace-slug';
import type { WorkspaceDetails } from '../../domain/workspace/workspace.events';
import { toProtoLimits } from '../events/recorded-limits';
import { toProtoDetails } from '../events/workspace-details';
import { pagingOf, ProvisioningChecks } from './request-fields';

export const fromProtoCreateWorkspaceRequest = (
  request: provisioningV1.CreateWorkspaceRequest,
  caller: Caller,
): CreateWorkspaceCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'CreateWorkspace' };
  const metadata = checks.metadata(request, origin);
  const name = checks.name(request.name);
  const slug =
    request.slug === ''
      ? undefined
      : checks.parse(
          'slug',
          'must be up to 64 of a-z, 0-9, - and _, the first a letter or a digit, and no id',
          () => workspaceSlug(request.slug),
        );
  const details = fromProtoDetails(request, checks);
  const limits = checks.limits(request.limits);
  checks.done();
  return new CreateWorkspaceCommand(metadata, { name, slug, details, limits });
};

const METADATA_MAX = 32;
const METADATA_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const fromProtoDetails = (
  { icon, description, defaultMetadata }: provisioningV1.WorkspaceDetails,
  checks: ProvisioningChecks,
): WorkspaceDetails => {
  checks.text('icon', icon, { min: 0, max: 200 });
  checks.text('description', description, { min: 0, max: 512 });
  const entries = Object.entries(defaultMetadata);
  if (entries.length > METADATA_MAX)
    checks.fault('default_metadata', `must have at most ${METADATA_MAX} entries`);
  for (const [name, value] of entries.slice(0, METADATA_MAX)) {
    if (!METADATA_NAME.test(name))
      checks.fault('default_metadata', 'must have names of 1 to 64 letters, digits, ., - and _');
    checks.text('default_metadata', value, { min: 0, max: 256 });
  }
  return { icon, description, defaultMetadata };
};

export const fromProtoChangeWorkspaceLimitsRequest = (
  request: provisioningV1.ChangeWorkspaceLimitsRequest,
  caller: Caller,
): ChangeWorkspaceLimitsCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'ChangeWorkspaceLimits', checks);
  const limits = checks.limits(request.limits);
  checks.done();
  return new ChangeWorkspaceLimitsCommand(target, limits);
};

export const fromProtoRenameWorkspaceRequest = (
  request: provisioningV1.RenameWorkspaceRequest,
  caller: Caller,
): RenameWorkspaceCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'RenameWorkspace', checks);
  const name = checks.name(request.name);
  checks.done();
  return new RenameWorkspaceCommand(target, name);
};

export const fromProtoUpdateWorkspaceRequest = (
  request: provisioningV1.UpdateWorkspaceRequest,
  caller: Caller,
): UpdateWorkspaceCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'UpdateWorkspace', checks);
  const details = fromProtoDetails(request, checks);
  const named = fromProtoDetailsMask(request.updateMask ?? [], checks);
  for (const detail of DETAILS) {
    if (!named.includes(detail) && !isEmptyDetail(details[detail]))
      checks.fault(DETAIL_PATHS[detail], 'is not named in update_mask');
  }
  checks.done();
  const changes = Object.fromEntries(named.map((detail) => [detail, details[detail]]));
  return new UpdateWorkspaceCommand(target, changes);
};

/** By the names that an update mask has for them. */
const DETAIL_PATHS: Readonly<Record<keyof WorkspaceDetails, string>> = {
  icon: 'icon',
  description: 'description',
  defaultMetadata: 'default_metadata',
};
const DETAILS = Object.keys(DETAIL_PATHS) as (keyof WorkspaceDetails)[];

const fromProtoDetailsMask = (
  paths: readonly string[],
  checks: ProvisioningChecks,
): readonly (keyof WorkspaceDetails)[] => {
  const named = DETAILS.filter((detail) => paths.includes(DETAIL_PATHS[detail]));
  if (named.length !== paths.length || named.length === 0) {
    const known = Object.values(DETAIL_PATHS).join(', ');
    checks.fault('update_mask', `must name one or more of these, each once at the most: ${known}`);
  }
  return named;
};

const isEmptyDetail = (value: WorkspaceDetails[keyof WorkspaceDetails]): boolean =>
  typeof value === 'string' ? value === '' : Object.keys(value).length === 0;

export const fromProtoArchiveWorkspaceRequest = (
  request: provisioningV1.ArchiveWorkspaceRequest,
  caller: Caller,
): ArchiveWorkspaceCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'ArchiveWorkspace', checks);
  checks.done();
  return new ArchiveWorkspaceCommand(target);
};

export const fromProtoSetWorkspaceConnectingRequest = (
  request: provisioningV1.SetWorkspaceConnectingRequest,
  caller: Caller,
): SetWorkspaceConnectingCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'SetWorkspaceConnecting', checks);
  checks.done();
  return new SetWorkspaceConnectingCommand(target, request.allowed);
};

const fromProtoTarget = (
  request: provisioningV1.ArchiveWorkspaceRequest,
  caller: Caller,
  command: string,
  checks: ProvisioningChecks,
): WorkspaceTarget => ({
  metadata: checks.metadata(request, { caller, organizationId: organizationOf(caller), command }),
  workspaceId: checks.id('workspace_id', request.workspaceId, workspaceId),
  expectedRevision: checks.expectedRevision(request.expectedRevision),
});

export const fromProtoGetWorkspaceRequest = (
  request: provisioningV1.GetWorkspaceRequest,
  caller: Caller,
): GetWorkspaceQuery => {
  const checks = new ProvisioningChecks();
  const named = fromProtoNamed(request, caller, checks);
  checks.done();
  if ('id' in named) workspaceAskedBy(caller, named.id);
  return new GetWorkspaceQuery(organizationOf(caller), named, request.atLeastPosition);
};

const fromProtoNamed = (
  { workspaceId: id, slug }: provisioningV1.GetWorkspaceRequest,
  caller: Caller,
  checks: ProvisioningChecks,
): NamedWorkspace => {
  if (slug === undefined) return { id: checks.id('workspace_id', id, workspaceId) };
  if (id !== '') checks.fault('workspace_id', 'must be empty beside a slug');
  return { slug: checks.text('slug', slug, { min: 1, max: 64 }), only: onlyWorkspaceOf(caller) };
};

const LISTED_MAX = 100;

/** Of which a list is to be; none is any. */
export const fromProtoWorkspaceIds = (
  asked: readonly string[],
  checks: ProvisioningChecks,
): readonly WorkspaceId[] => {
  if (asked.length > LISTED_MAX) checks.fault('workspace_ids', `must be at most ${LISTED_MAX}`);
  return asked.slice(0, LISTED_MAX).map((id, index) => checks.id(`workspace_ids[${index}]`, id, workspaceId));
};

export const fromProtoListWorkspacesRequest = (
  request: provisioningV1.ListWorkspacesRequest,
  caller: Caller,
): ListWorkspacesQuery => {
  const checks = new ProvisioningChecks();
  const selection = {
    statuses: fromProtoStatuses(request.statuses, checks),
    search: checks.search(request.search),
    ids: fromProtoWorkspaceIds(request.workspaceIds, checks),
    order: fromProtoOrderBy(request.orderBy, WORKSPACE_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, workspacePaging(request));
  return new ListWorkspacesQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const fromProtoStatuses = (
  asked: readonly provisioningV1.WorkspaceStatus[],
  checks: ProvisioningChecks,
): ReadonlySet<'active' | 'archived'> => {
  const statuses = asked.map((status) => STATUSES.get(status));
  const known = statuses.filter((status) => status !== undefined);
  if (known.length < statuses.length) checks.fault('statuses', 'must be known statuses');
  return new Set(asked.length === 0 ? ['active'] : known);
};

const STATUSES: ReadonlyMap<provisioningV1.WorkspaceStatus, 'active' | 'archived'> = new Map([
  [provisioningV1.WorkspaceStatus.ACTIVE, 'active'],
  [provisioningV1.WorkspaceStatus.ARCHIVED, 'archived'],
]);

const workspacePaging = ({ search, orderBy, statuses, workspaceIds }: provisioningV1.ListWorkspacesRequest) =>
  pagingOf(search, orderBy, [...statuses].sort(), [...workspaceIds].sort());

export const toProtoListWorkspacesResponse = (
  request: provisioningV1.ListWorkspacesRequest,
  { items, next, totalSize }: CountedPage<WorkspaceView, KeyedPlace>,
): provisioningV1.ListWorkspacesResponse => ({
  workspaces: items.map(toProtoWorkspace),
  nextPageToken: toProtoPageToken(next, workspacePaging(request)),
  totalSize,
});

/** What every command about a workspace answers. */
export const toProtoWorkspaceResponse = ({
  view,
  position,
}: Answered<WorkspaceView>): provisioningV1.RenameWorkspaceResponse => ({
  workspace: toProtoWorkspace(view),
  position: String(position),
});

export const toProtoWorkspace = ({ details, ...view }: WorkspaceView): provisioningV1.Workspace => ({
  ...view,
  ...toProtoDetails(details),
  limits: toProtoLimits(view.limits),
  status:
    view.archivedAt === undefined
      ? provisioningV1.WorkspaceStatus.ACTIVE
      : provisioningV1.WorkspaceStatus.ARCHIVED,
});
