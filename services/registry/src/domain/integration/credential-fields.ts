import type { FieldViolation } from '@gatehouse/kernel';
import type { CredentialFieldSpec } from './provider';

const VALUE_LENGTH_MAX = 8_192;

/**
 * What is wrong with the fields of a credential. Speaks of names that the catalog knows alone: an unknown name is the
 * caller's text, and may be the secret itself in the wrong place.
 */
export const credentialFaults = (
  specs: readonly CredentialFieldSpec[],
  credential: ReadonlyMap<string, string>,
): readonly FieldViolation[] => {
  const known = new Set(specs.map(({ name }) => name));
  const strangers = [...credential.keys()].filter((name) => !known.has(name)).length;
  const names = specs.map(({ name }) => name).join(', ');
  return [
    ...(strangers > 0 ? [{ field: 'credential', description: `has fields other than ${names}` }] : []),
    ...specs.flatMap((spec) => valueFaults(spec, credential.get(spec.name))),
  ];
};

const valueFaults = (
  { name, optional }: CredentialFieldSpec,
  value: string | undefined,
): FieldViolation[] => {
  const field = `credential.${name}`;
  if (value === undefined) return optional ? [] : [{ field, description: 'is required' }];
  if (value === '') return [{ field, description: 'must not be empty' }];
  if (value.length > VALUE_LENGTH_MAX) {
    return [{ field, description: `must have at most ${VALUE_LENGTH_MAX} characters` }];
  }
  // Credentials end in HTTP headers, where anything but visible ASCII is refused or, worse, splits the header.
  if (!/^[\x20-\x7e]+$/.test(value) || value.trim() !== value) {
    return [{ field, description: 'must be printable ASCII without spaces around it' }];
  }
  return [];
};
