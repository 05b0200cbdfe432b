import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import type { Slug } from './slug';
import type { SlugEvent } from './slug.events';
import type { SlugReservation } from './slug-reservation';

export interface ReleaseSlug {
  readonly type: 'ReleaseSlug';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly integrationId: IntegrationId;
}

/** Releasing what one does not hold records nothing: another may hold it by now. */
export const releaseSlug = (
  { organizationId, slug, integrationId }: ReleaseSlug,
  reservation: SlugReservation,
): readonly SlugEvent[] =>
  reservation.status === 'reserved' && reservation.integrationId === integrationId
    ? [{ type: 'SlugReleased', organizationId, slug, integrationId }]
    : [];
