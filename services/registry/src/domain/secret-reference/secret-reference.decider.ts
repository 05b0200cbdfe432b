import type { Decider } from '@gatehouse/kernel';
import { type ChangeSecretReference, changeSecretReference } from './change-secret-reference';
import { type DefineSecretReference, defineSecretReference } from './define-secret-reference';
import { type RemoveSecretReference, removeSecretReference } from './remove-secret-reference';
import { evolve, type SecretReference } from './secret-reference';
import type { SecretReferenceEvent } from './secret-reference.events';

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

export const secretReferenceDecider: Decider<SecretReferenceCommand, SecretReference, SecretReferenceEvent> =
  {
    initial: { status: 'absent' },
    decide,
    evolve,
  };
