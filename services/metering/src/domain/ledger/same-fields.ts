import { keyOfScope, type Scope } from '../limit/limit-in-force';

type Field = string | number | bigint | boolean | undefined | Date | readonly number[] | Scope;

/** Whether two of one kind say the same. */
export const sameFields = <T extends { readonly [K in keyof T]: Field }>(some: T, other: T): boolean =>
  (Object.keys(some) as (keyof T)[]).every((key) => spell(some[key]) === spell(other[key]));

const spell = (field: Field): string => {
  if (field instanceof Date) return String(field.getTime());
  return typeof field === 'object' && 'kind' in field ? keyOfScope(field) : String(field);
};
