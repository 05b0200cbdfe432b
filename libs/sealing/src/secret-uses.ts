import type { CredentialFields } from './sealed-credential';

/** Where in a credential the name of a secret stands that others keep. */
export interface NamedSecret {
  readonly reference: string;
  /** The member of the secret where it is an object; empty for the whole. */
  readonly member: string;
}

/** No form has a field whose name has an at sign, and no reference a hash. */
const SUFFIX = '@reference';
const BEFORE_MEMBER = '#';

/**
 * Puts names of secrets among the fields of a credential: sealed with it, they are bound to all that it is bound to, so
 * that what they yield goes nowhere else.
 */
export const withNamedSecrets = (
  fields: CredentialFields,
  named: Readonly<Record<string, NamedSecret>>,
): CredentialFields => ({
  ...fields,
  ...Object.fromEntries(
    Object.entries(named).map(([field, { reference, member }]) => [
      field + SUFFIX,
      reference + BEFORE_MEMBER + member,
    ]),
  ),
});

/** Takes them apart again. */
export const splitNamedSecrets = (
  sealed: CredentialFields,
): { readonly fields: CredentialFields; readonly named: Readonly<Record<string, NamedSecret>> } => {
  // Every request comes by here, and few credentials name any.
  if (!Object.keys(sealed).some(isName)) return { fields: sealed, named: NONE };
  const entries = Object.entries(sealed);
  const isNamed = ([field]: readonly [string, string]): boolean => isName(field);
  return {
    fields: Object.fromEntries(entries.filter((entry) => !isNamed(entry))),
    named: Object.fromEntries(entries.filter(isNamed).map(([field, text]) => namedSecret(field, text))),
  };
};

const NONE: Readonly<Record<string, NamedSecret>> = {};

const isName = (field: string): boolean => field.endsWith(SUFFIX);

const namedSecret = (field: string, text: string): readonly [string, NamedSecret] => {
  const at = text.indexOf(BEFORE_MEMBER);
  return [field.slice(0, -SUFFIX.length), { reference: text.slice(0, at), member: text.slice(at + 1) }];
};
