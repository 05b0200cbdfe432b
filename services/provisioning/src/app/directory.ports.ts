import type { OrganizationId, Page, PageRequest, ProvisionId, WorkspaceId } from '@gatehouse/kernel';
import type { ApiKeyView } from './api-key/api-key.view';
import type { OrganizationView } from './organization/organization.view';
import type { ProvisionView } from './provision/provision.view';
import type { WorkspaceView } from './workspace/workspace.view';

/** The projection that the directory is kept in; queries wait for it by this name. */
export const DIRECTORY = 'directory';

/** A workspace name that was reserved, and its workspace not (yet) created. */
export interface UnfinishedWorkspace {
  readonly organizationId: OrganizationId;
  readonly name: string;
}

/** Everything an organization has here, for reading. Nothing of another organization is ever found. */
export abstract class Directory {
  abstract organization(id: OrganizationId): Promise<OrganizationView | undefined>;
  abstract workspace(organizationId: OrganizationId, id: WorkspaceId): Promise<WorkspaceView | undefined>;
  abstract provision(organizationId: OrganizationId, id: ProvisionId): Promise<ProvisionView | undefined>;

  // Lists are in order of creation.
  abstract workspaces(
    organizationId: OrganizationId,
    page: PageRequest<bigint>,
  ): Promise<Page<WorkspaceView, bigint>>;
  abstract provisions(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId | undefined,
    page: PageRequest<bigint>,
  ): Promise<Page<ProvisionView, bigint>>;
  abstract apiKeys(
    organizationId: OrganizationId,
    selection: { readonly workspaceId: WorkspaceId | undefined; readonly pepperId: string | undefined },
    page: PageRequest<bigint>,
  ): Promise<Page<ApiKeyView, bigint>>;

  abstract unfinishedWorkspaces(): Promise<readonly UnfinishedWorkspace[]>;
}
