import type { SecretLocator } from '@gatehouse/kernel';
import type { SecretReferenceEvent } from './secret-reference.events';

/** An organization's name for a secret that it keeps elsewhere. */
export type SecretReference =
  /** Never defined, or removed. */
  { readonly status: 'absent' } | { readonly status: 'defined'; readonly locator: SecretLocator };

export const evolve = (_reference: SecretReference, event: SecretReferenceEvent): SecretReference => {
  switch (event.type) {
    case 'SecretReferenceDefined':
    case 'SecretReferenceChanged':
      return { status: 'defined', locator: event.locator };
    case 'SecretReferenceRemoved':
      return { status: 'absent' };
  }
};
