import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';

/** `connecting`: not all of the workspaces that it was connected with have it; `refused`: one of them cannot. */
export type IntegrationStatus = 'connecting' | 'connected' | 'refused' | 'deleted';

/** What provisioning knows of an integration, off the bus. */
export interface KnownIntegration {
  readonly slug: string;
  readonly name: string;
  /** By its name in the catalog. */
  readonly provider: string;
  readonly status: IntegrationStatus;
  /** The workspace that it belongs to, and is provisioned to alone; empty for the organization's own. */
  readonly ownerWorkspaceId: string;
}

/** The registry's integrations, as far as they were heard of. */
export abstract class Integrations {
  /** Undefined where none is known, also for another organization's. */
  abstract find(organizationId: OrganizationId, id: IntegrationId): Promise<KnownIntegration | undefined>;
  /** Whether an integration of the organization that is not deleted has it. */
  abstract isSlug(organizationId: OrganizationId, slug: string): Promise<boolean>;
  /** Of these names of models, those that an integration offers; none where it is not known. */
  abstract offeredAmong(
    organizationId: OrganizationId,
    id: IntegrationId,
    names: readonly string[],
  ): Promise<readonly string[]>;
}
