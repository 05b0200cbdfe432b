import { AppError, type FieldViolation, invalidFields } from '@gatehouse/kernel';
import type { z } from 'zod';

/** What a part of a request says by its schema. INVALID `REQUEST_INVALID` with every fault of every field. */
export const parsed = <Schema extends z.ZodType>(
  schema: Schema,
  part: string,
  value: unknown,
): z.output<Schema> => {
  const found = schema.safeParse(value ?? {});
  if (found.success) return found.data;
  throw invalidFields(found.error.issues.map((issue) => violationOf(part, issue)));
};

const violationOf = (part: string, { path, message }: z.core.$ZodIssue): FieldViolation => ({
  field: path.length === 0 ? part : path.map(String).join('.'),
  description: message,
});

/** A value of a request that this API has a word for and the product has nothing for. INVALID `UNSUPPORTED`. */
export const unsupported = (field: string, description: string): AppError =>
  new AppError('INVALID', 'UNSUPPORTED', { violations: [{ field, description }] });
