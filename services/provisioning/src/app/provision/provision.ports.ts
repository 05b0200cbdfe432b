import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';

/** What provisioning knows of an integration, off the bus. */
export interface KnownIntegration {
  readonly slug: string;
  /** Names of the models that it offers. */
  readonly models: readonly string[];
  readonly deleted: boolean;
}

/** The registry's integrations, as far as they were heard of. */
export abstract class Integrations {
  /** Undefined where none is known, also for another organization's. */
  abstract find(organizationId: OrganizationId, id: IntegrationId): Promise<KnownIntegration | undefined>;
}
