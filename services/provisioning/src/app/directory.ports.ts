import type {
  ApiKeyId,
  CountedPage,
  IntegrationId,
  KeyedPlace,
  KeyRole,
  OrganizationId,
  PageRequest,
  ProvisionId,
  WorkspaceId,
} from '@gatehouse/kernel';
import type { KeyResource } from '../domain/api-key/key-manager';
import type { ApiKeyView } from './api-key/api-key.view';
import type { OrganizationView } from './organization/organization.view';
import type { ProvisionView } from './provision/provision.view';
import type { WorkspaceView } from './workspace/workspace.view';

/** The projection that the directory is kept in; queries wait for it by this name. */
export const DIRECTORY = 'directory';

/** A name that is reserved, and which no workspace bears yet, or any more. */
export interface UnsettledName {
  readonly organizationId: OrganizationId;
  readonly name: string;
}

/** By what lists can be ordered, the first where nothing is said. */
export const WORKSPACE_ORDERS = ['created_at', 'name'] as const;
export const PROVISION_ORDERS = ['created_at', 'slug'] as const;
export const API_KEY_ORDERS = ['issued_at', 'name'] as const;

interface Order<Field extends string> {
  readonly by: Field;
  readonly descending: boolean;
}

/** Which workspaces are listed, and in which order. What is absent leaves none out, here and below. */
export interface WorkspaceSelection {
  readonly statuses: ReadonlySet<'active' | 'archived'>;
  /** Is contained in the name, whatever the case. */
  readonly search: string | undefined;
  /** Empty: any, here and below. */
  readonly ids: readonly WorkspaceId[];
  readonly order: Order<(typeof WORKSPACE_ORDERS)[number]>;
}

export interface ProvisionSelection {
  readonly workspaceId: WorkspaceId | undefined;
  readonly workspaceIds: readonly WorkspaceId[];
  /** Those of archived workspaces too; of one that is named, whether it is archived or not. */
  readonly includeArchived: boolean;
  readonly integrationId: IntegrationId | undefined;
  readonly enabled: boolean | undefined;
  readonly slug: string | undefined;
  /** Is contained in the slug, whatever the case. */
  readonly search: string | undefined;
  readonly order: Order<(typeof PROVISION_ORDERS)[number]>;
}

export interface ApiKeySelection {
  readonly workspaceId: WorkspaceId | undefined;
  /** Those of archived workspaces too; of one that is named, whether it is archived or not. */
  readonly includeArchived: boolean;
  readonly role: KeyRole | undefined;
  readonly status: ApiKeyView['status'] | undefined;
  /** As scopes call them: only such keys. */
  readonly resources: readonly KeyResource[];
  /** Under which they are; the empty text for those from before peppers had ids. */
  readonly pepperId: string | undefined;
  /** Is contained in the name, whatever the case. */
  readonly search: string | undefined;
  readonly order: Order<(typeof API_KEY_ORDERS)[number]>;
  /** The instant that tells which have ended by themselves. */
  readonly at: Date;
}

/** Everything an organization has here, for reading. Nothing of another organization is ever found. */
export abstract class Directory {
  abstract organization(id: OrganizationId): Promise<OrganizationView | undefined>;
  abstract workspace(organizationId: OrganizationId, id: WorkspaceId): Promise<WorkspaceView | undefined>;
  abstract workspaceBySlug(organizationId: OrganizationId, slug: string): Promise<WorkspaceView | undefined>;
  abstract provision(organizationId: OrganizationId, id: ProvisionId): Promise<ProvisionView | undefined>;
  /** @param at the instant that tells whether it has ended by itself. */
  abstract apiKey(organizationId: OrganizationId, id: ApiKeyId, at: Date): Promise<ApiKeyView | undefined>;

  abstract workspaces(
    organizationId: OrganizationId,
    selection: WorkspaceSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<WorkspaceView, KeyedPlace>>;
  /** Not those of integrations that are connecting, could not be connected, or were deleted. */
  abstract provisions(
    organizationId: OrganizationId,
    selection: ProvisionSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ProvisionView, KeyedPlace>>;
  abstract apiKeys(
    organizationId: OrganizationId,
    selection: ApiKeySelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ApiKeyView, KeyedPlace>>;

  abstract unsettledNames(): Promise<readonly UnsettledName[]>;
}
