import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import type { Slug } from './slug';

/** An integration, connected or about to be, holds the slug. */
export interface SlugReserved {
  readonly type: 'SlugReserved';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly integrationId: IntegrationId;
}

export interface SlugReleased {
  readonly type: 'SlugReleased';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly integrationId: IntegrationId;
}

export type SlugEvent = SlugReserved | SlugReleased;
