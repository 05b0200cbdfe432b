import type { Decider } from '@gatehouse/kernel';
import { type ChangeSecretReference, changeSecretReference } from './change-secret-reference';
import { type DefineSecretReference, defineSecretReference } from './define-secret-reference';
import { type RemoveSecretReference, removeSecretReference } from './remove-secret-reference';
import type { SecretLocator } from '@gatehouse/kernel';
import type { SecretReferenceEvent } from './secret-reference.events';

/** An organization's name for a secret that it keeps elsewhere. */
export type SecretReference =
  /** Never defined, or removed. */
  { readonly status: 'absent' } | { readonly status: 'defined'; readonly locator: SecretLocator };

export type SecretReferenceCommand = DefineSecretReference | ChangeSecretReference | RemoveSecretReference;

const decide = (
  command: SecretReferenceCommand,
  reference: SecretReference,
): readonly SecretReferenceEvent[] => {
  switch (command.type) {
    case 'DefineSecretReference':
      return defineSecretReference(command, reference);
    case 'ChangeSecretReference':
      return changeSecretReference(command, reference);
    case 'RemoveSecretReference':
      return removeSecretReference(command, reference);
  }
};

const evolve = (_reference: SecretReference, event: SecretReferenceEvent): SecretReference => {
  switch (event.type) {
    case 'SecretReferenceDefined':
    case 'SecretReferenceChanged':
      return { status: 'defined', locator: event.locator };
    case 'SecretReferenceRemoved':
      return { status: 'absent' };
  }
};

export const secretReferenceDecider: Decider<SecretReferenceCommand, SecretReference, SecretReferenceEvent> =
  {
    initial: { status: 'absent' },
    decide,
    evolve,
  };
