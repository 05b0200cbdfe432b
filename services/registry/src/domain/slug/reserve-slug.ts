import { AppError, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import type { Slug } from './slug';
import type { SlugEvent } from './slug.events';
import type { SlugReservation } from './slug-reservation';

export interface ReserveSlug {
  readonly type: 'ReserveSlug';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly integrationId: IntegrationId;
}

/** Reserving what one holds already records nothing. */
export const reserveSlug = (
  { organizationId, slug, integrationId }: ReserveSlug,
  reservation: SlugReservation,
): readonly SlugEvent[] => {
  if (reservation.status === 'free') return [{ type: 'SlugReserved', organizationId, slug, integrationId }];
  if (reservation.integrationId === integrationId) return [];
  throw new AppError('CONFLICT', 'SLUG_TAKEN');
};
