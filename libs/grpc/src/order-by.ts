import type { RequestChecks } from './request-checks';

/** By what a list is ordered, and which way round. */
export interface Order<Field extends string> {
  readonly by: Field;
  readonly descending: boolean;
}

/** AIP-132, of one field: its name, with ` desc` after it for the other way round. Empty: the first of the fields. */
export const fromProtoOrderBy = <Field extends string>(
  orderBy: string,
  fields: readonly [Field, ...Field[]],
  checks: RequestChecks,
): Order<Field> => {
  const [, name, desc] = /^(\w+)( desc)?$/.exec(orderBy.trim()) ?? [];
  const by = orderBy === '' ? fields[0] : fields.find((field) => field === name);
  if (by === undefined)
    checks.fault('order_by', `must be one of ${fields.join(', ')}, with desc after it or not`);
  return { by: by ?? fields[0], descending: desc !== undefined };
};
