import type { FieldViolation } from '@gatehouse/kernel';
import { type FormField, openFieldsOf, type Provider, secretFieldsOf } from './provider';

/** As long as a service account's key file, pasted. */
const VALUE_LENGTH_MAX = 8_192;

/**
 * What is wrong with the fields of a credential. Speaks of names that the catalog knows alone: an unknown name is the
 * caller's text, and may be the secret itself in the wrong place.
 */
export const credentialFaults = (
  provider: Pick<Provider, 'form'>,
  credential: ReadonlyMap<string, string>,
): readonly FieldViolation[] => faultsOf('credential', secretFieldsOf(provider), credential, () => true);

/**
 * What is wrong with the fields that are not secret. A host of the integration's own replaces the row's template: what
 * only the template needs may then be left out.
 */
export const openFieldFaults = (
  provider: Pick<Provider, 'form' | 'baseUrl'>,
  fields: ReadonlyMap<string, string>,
  ownHost: boolean,
): readonly FieldViolation[] =>
  faultsOf(
    'fields',
    openFieldsOf(provider),
    fields,
    ({ name }) => !ownHost || !provider.baseUrl.includes(`{${name}}`),
  );

const faultsOf = (
  path: string,
  specs: readonly FormField[],
  values: ReadonlyMap<string, string>,
  needed: (field: FormField) => boolean,
): readonly FieldViolation[] => {
  const known = new Set(specs.map(({ name }) => name));
  const strangers = [...values.keys()].some((name) => !known.has(name));
  const names = specs.map(({ name }) => name).join(', ') || 'none';
  return [
    ...(strangers ? [{ field: path, description: `has fields other than ${names}` }] : []),
    ...specs.flatMap((spec) =>
      valueFaults(`${path}.${spec.name}`, spec, values.get(spec.name), spec.required && needed(spec)),
    ),
  ];
};

const valueFaults = (
  field: string,
  { label, pattern, secret }: FormField,
  value: string | undefined,
  required: boolean,
): FieldViolation[] => {
  if (value === undefined) return required ? [{ field, description: 'is required' }] : [];
  if (value === '') return [{ field, description: 'must not be empty' }];
  if (value.length > VALUE_LENGTH_MAX) {
    return [{ field, description: `must have at most ${VALUE_LENGTH_MAX} characters` }];
  }
  // Credentials end in HTTP headers, where anything but visible ASCII is refused or, worse, splits the header.
  if (!/^[\x20-\x7e]+$/.test(value) || value.trim() !== value) {
    return [{ field, description: 'must be printable ASCII without spaces around it' }];
  }
  if (pattern !== undefined && !pattern.test(value)) {
    return [{ field, description: `is no ${secret ? 'value' : label} of this provider` }];
  }
  return [];
};
