import { type FieldViolation, isCredentialHeader, isHeaderValue } from '@gatehouse/kernel';
import { type FormField, openFieldsOf, type Provider, secretFieldsOf } from './provider';
import { type SecretUse, secretUseFaults } from './secret-uses';

/** As long as a service account's key file, pasted. */
const VALUE_LENGTH_MAX = 8_192;

/** A credential as it was given: all of it. */
export interface GivenCredential {
  /** The secret fields of the provider's form. */
  readonly credential: ReadonlyMap<string, string>;
  /** Sent with each call, and as secret. */
  readonly headers: ReadonlyMap<string, string>;
  /** Secret fields whose values others keep. */
  readonly references: ReadonlyMap<string, SecretUse>;
  /** When it expires, where that is known. */
  readonly expiresAt?: Date | undefined;
}

/**
 * What is wrong with a credential. Speaks of names that the catalog knows alone: an unknown name is the
 * caller's text, and may be the secret itself in the wrong place. A server of the organization's own may need none.
 */
export const credentialFaults = (
  provider: Pick<Provider, 'form'>,
  given: GivenCredential,
  local: boolean,
): readonly FieldViolation[] => [
  ...faultsOf(
    'credential',
    secretFieldsOf(provider),
    given.credential,
    ({ name }) => !local && !given.references.has(name),
  ),
  ...lonelyFaults(secretFieldsOf(provider), given),
  ...referenceFaults(secretFieldsOf(provider), given),
  ...headerFaults(given, local),
];

/** What is of no use without another is given with it, or not at all. */
const lonelyFaults = (
  specs: readonly FormField[],
  { credential, references }: GivenCredential,
): readonly FieldViolation[] => {
  const isGiven = (name: string): boolean => credential.has(name) || references.has(name);
  return specs.flatMap(({ name, needs }) =>
    needs !== undefined && isGiven(name) && !isGiven(needs)
      ? [{ field: `credential.${needs}`, description: `is required with ${name}` }]
      : [],
  );
};

/** Each secret is in one place. */
const referenceFaults = (
  specs: readonly FormField[],
  { credential, references }: GivenCredential,
): readonly FieldViolation[] => {
  const known = new Set(specs.map(({ name }) => name));
  const names = [...references.keys()];
  if (names.some((name) => !known.has(name))) {
    return [{ field: 'references', description: `has fields other than ${namesOf(specs)}` }];
  }
  const twice = names.filter((name) => credential.has(name));
  return [
    ...twice.map((name) => ({ field: `references.${name}`, description: 'is in the credential too' })),
    ...secretUseFaults(references),
  ];
};

/**
 * What is wrong with the fields that are not secret. A host of the integration's own replaces the row's template: what
 * only the template needs may then be left out. A local server needs none.
 */
export const openFieldFaults = (
  provider: Pick<Provider, 'form' | 'baseUrl'>,
  fields: ReadonlyMap<string, string>,
  { local, ownHost }: { readonly local: boolean; readonly ownHost: boolean },
): readonly FieldViolation[] =>
  faultsOf(
    'fields',
    openFieldsOf(provider),
    fields,
    ({ name }) => !local && (!ownHost || !provider.baseUrl.includes(`{${name}}`)),
  );

/** As many as a server can want; each is sealed. */
const HEADERS_MAX = 20;

/** Their names are quoted nowhere: one that may not be sent is the caller's text, and may be the secret. */
const headerFaults = ({ credential, headers }: GivenCredential, local: boolean): FieldViolation[] => {
  if (headers.size === 0) return [];
  const fault = (description: string): FieldViolation[] => [{ field: 'headers', description }];
  if (!local) return fault('are sent to local servers alone');
  if (headers.size > HEADERS_MAX) return fault(`must be at most ${HEADERS_MAX}`);
  if (new Set(headerNamesOf(headers)).size < headers.size) return fault('must not name a header twice');
  if (!headerNamesOf(headers).every(isCredentialHeader)) return fault('has a name that no header may have');
  if (credential.has('api_key') && headerNamesOf(headers).includes('authorization')) {
    return fault('must not set authorization beside an API key, which goes there');
  }
  const wrong = [...headers.values()].some(
    (value) => !isHeaderValue(value) || value.length > VALUE_LENGTH_MAX,
  );
  return wrong ? fault('must have printable ASCII values without spaces around them') : [];
};

/** In small letters, in order. */
export const headerNamesOf = (headers: ReadonlyMap<string, string>): readonly string[] =>
  [...headers.keys()].map((name) => name.toLowerCase()).sort();

const HEADER_PREFIX = 'header:';

/** What is secret of a credential: its fields, and its headers under names that no field has. */
export const sealedFieldsOf = ({ credential, headers }: GivenCredential): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...credential,
    ...[...headers].map(([name, value]) => [HEADER_PREFIX + name.toLowerCase(), value] as const),
  ]);

/** Whether there is more among what was sealed, by its names, than headers. */
export const hasFields = (sealed: readonly string[]): boolean =>
  sealed.some((name) => !name.startsWith(HEADER_PREFIX));

const faultsOf = (
  path: string,
  specs: readonly FormField[],
  values: ReadonlyMap<string, string>,
  needed: (field: FormField) => boolean,
): readonly FieldViolation[] => {
  const known = new Set(specs.map(({ name }) => name));
  const strangers = [...values.keys()].some((name) => !known.has(name));
  return [
    ...(strangers ? [{ field: path, description: `has fields other than ${namesOf(specs)}` }] : []),
    ...specs.flatMap((spec) =>
      valueFaults(`${path}.${spec.name}`, spec, values.get(spec.name), spec.required && needed(spec)),
    ),
  ];
};

const namesOf = (specs: readonly FormField[]): string => specs.map(({ name }) => name).join(', ') || 'none';

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
