import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { Slug } from '../slug/slug';
import type { SecretReference } from './secret-reference';
import type { SecretReferenceEvent } from './secret-reference.events';

export interface RemoveSecretReference {
  readonly type: 'RemoveSecretReference';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  /** How many integrations' current credentials use it. */
  readonly uses: number;
}

/** Nothing is taken from under an integration. */
export const removeSecretReference = (
  { organizationId, slug, uses }: RemoveSecretReference,
  reference: SecretReference,
): readonly SecretReferenceEvent[] => {
  if (reference.status !== 'defined') throw new AppError('NOT_FOUND', 'SECRET_REFERENCE_UNKNOWN');
  if (uses > 0) {
    throw new AppError('REFUSED', 'SECRET_REFERENCE_IN_USE', { metadata: { integrations: String(uses) } });
  }
  return [{ type: 'SecretReferenceRemoved', organizationId, slug }];
};
