import type { LetsMore } from '@gatehouse/kernel';
import type { SecretReference } from './secret-reference';
import type { SecretReferenceEvent } from './secret-reference.events';

/**
 * What leads elsewhere is another credential of whatever uses it. Nothing uses one that is new; a credential that was proposed with an
 * earlier one of its name is carried out only where that led.
 */
export const secretReferenceLetsMore: LetsMore<SecretReference, SecretReferenceEvent> = ({ events }) =>
  events.some(({ type }) => type === 'SecretReferenceChanged');
