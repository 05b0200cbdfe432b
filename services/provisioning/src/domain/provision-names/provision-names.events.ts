import type { IntegrationId, OrganizationId, ProvisionId, WorkspaceId } from '@gatehouse/kernel';
import type { ProvisionSlug } from './provision-slug';

/** Stream `provisionname-{workspace}`: what a provision of the workspace is called, from now on. */
export interface ProvisionNamed {
  readonly type: 'ProvisionNamed';
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly provisionId: ProvisionId;
  readonly integrationId: IntegrationId;
  /** Absent: the integration's. */
  readonly slug?: ProvisionSlug;
  /** Absent: the integration's. */
  readonly name?: string;
  readonly namedAt: Date;
}

export type ProvisionNamesEvent = ProvisionNamed;
