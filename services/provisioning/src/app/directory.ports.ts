import type { OrganizationId, ProvisionId, WorkspaceId } from '@gatehouse/kernel';
import type { ApiKeyView } from './api-key/api-key.view';
import type { OrganizationView } from './organization/organization.view';
import type { ProvisionView } from './provision/provision.view';
import type { WorkspaceView } from './workspace/workspace.view';

/** The projection that the directory is kept in; queries wait for it by this name. */
export const DIRECTORY = 'directory';

/** Which part of a list is asked for. */
export interface PageRequest {
  /** The cursor that the page before answered; undefined for the first page. */
  readonly after: bigint | undefined;
  /** 1 … 200. */
  readonly size: number;
}

export interface Page<View> {
  readonly items: readonly View[];
  /** Undefined on the last page. */
  readonly next: bigint | undefined;
}

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
  abstract workspaces(organizationId: OrganizationId, page: PageRequest): Promise<Page<WorkspaceView>>;
  abstract provisions(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId | undefined,
    page: PageRequest,
  ): Promise<Page<ProvisionView>>;
  abstract apiKeys(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId | undefined,
    page: PageRequest,
  ): Promise<Page<ApiKeyView>>;

  abstract unfinishedWorkspaces(): Promise<readonly UnfinishedWorkspace[]>;
}
