import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { Slug } from '../slug/slug';
import type { SecretLocator } from '@gatehouse/kernel';
import { isSameLocator } from './secret-locator';
import type { SecretReference } from './secret-reference';
import type { SecretReferenceEvent } from './secret-reference.events';

export interface ChangeSecretReference {
  readonly type: 'ChangeSecretReference';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly locator: SecretLocator;
}

/** Where it leads already records nothing. */
export const changeSecretReference = (
  { organizationId, slug, locator }: ChangeSecretReference,
  reference: SecretReference,
): readonly SecretReferenceEvent[] => {
  if (reference.status !== 'defined') throw new AppError('NOT_FOUND', 'SECRET_REFERENCE_UNKNOWN');
  if (isSameLocator(reference.locator, locator)) return [];
  return [{ type: 'SecretReferenceChanged', organizationId, slug, locator }];
};
