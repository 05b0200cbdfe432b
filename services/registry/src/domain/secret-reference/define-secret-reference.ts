import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { Slug } from '../slug/slug';
import type { SecretLocator } from '@gatehouse/kernel';
import type { SecretReference } from './secret-reference';
import type { SecretReferenceEvent } from './secret-reference.events';

export interface DefineSecretReference {
  readonly type: 'DefineSecretReference';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly locator: SecretLocator;
}

/** A slug that was removed may be defined anew. */
export const defineSecretReference = (
  { organizationId, slug, locator }: DefineSecretReference,
  reference: SecretReference,
): readonly SecretReferenceEvent[] => {
  if (reference.status === 'defined') throw new AppError('CONFLICT', 'SECRET_REFERENCE_EXISTS');
  return [{ type: 'SecretReferenceDefined', organizationId, slug, locator }];
};
