import type { OrganizationId } from '@gatehouse/kernel';
import type { Slug } from '../slug/slug';
import type { SecretLocator } from '@gatehouse/kernel';

/** The organization has a name for a secret that it keeps elsewhere. */
export interface SecretReferenceDefined {
  readonly type: 'SecretReferenceDefined';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly locator: SecretLocator;
}

/** The name leads to another place from now on. */
export interface SecretReferenceChanged {
  readonly type: 'SecretReferenceChanged';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
  readonly locator: SecretLocator;
}

export interface SecretReferenceRemoved {
  readonly type: 'SecretReferenceRemoved';
  readonly organizationId: OrganizationId;
  readonly slug: Slug;
}

export type SecretReferenceEvent = SecretReferenceDefined | SecretReferenceChanged | SecretReferenceRemoved;
