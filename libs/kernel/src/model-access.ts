import { type FieldViolation, invalidFields } from './app-error';

/** Which models of an integration may be called: all that it offers, now and later, or those named. */
export type ModelAccess = { readonly all: true } | { readonly all: false; readonly names: readonly string[] };

/** INVALID, naming each model that is not among those that the integration offers. */
export const refuseUnoffered = (models: ModelAccess, offered: readonly string[]): void => {
  if (models.all) return;
  const known = new Set(offered);
  const violations = models.names.flatMap((name, index): FieldViolation[] =>
    known.has(name)
      ? []
      : [{ field: `models.names[${index}]`, description: 'is not a model of the integration' }],
  );
  if (violations.length > 0) throw invalidFields(violations);
};

/** Whether two allow the same, named in the same order. */
export const sameModelAccess = (some: ModelAccess, other: ModelAccess): boolean => {
  if (some.all || other.all) return some.all === other.all;
  return (
    some.names.length === other.names.length && some.names.every((name, index) => name === other.names[index])
  );
};
