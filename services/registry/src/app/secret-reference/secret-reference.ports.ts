import type { Revision } from '@gatehouse/event-store';
import type { IntegrationId, OrganizationId, PageRequest } from '@gatehouse/kernel';
import type { SecretLocator } from '@gatehouse/kernel';
import type { Slug } from '../../domain/slug/slug';

/** A secret reference as it is shown. */
export interface SecretReferenceView {
  readonly slug: Slug;
  readonly locator: SecretLocator;
  readonly revision: Revision;
  readonly createdAt: Date;
  /** Those whose current credential uses it. */
  readonly integrationIds: readonly IntegrationId[];
}

/** The references of organizations, as their projection has them. Everything is asked within one organization. */
export abstract class SecretReferenceDirectory {
  /**
   * Waits until a position is visible; the empty text waits for nothing. Errors: INVALID `POSITION_MALFORMED`,
   * UNAVAILABLE `PROJECTION_BEHIND`.
   */
  abstract waitFor(atLeastPosition: string): Promise<void>;
  abstract find(organizationId: OrganizationId, slug: Slug): Promise<SecretReferenceView | undefined>;
  /** By slug. */
  abstract list(
    organizationId: OrganizationId,
    page: PageRequest<string>,
  ): Promise<readonly SecretReferenceView[]>;
  /** Integrations whose current credential uses it. One that was connected a moment ago may not be counted yet. */
  abstract usesOf(organizationId: OrganizationId, slug: Slug): Promise<readonly IntegrationId[]>;
}
