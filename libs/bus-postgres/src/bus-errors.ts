import { AppError } from '@gatehouse/kernel';
import { codeOf, isTransient } from '@gatehouse/postgres';

const ANOTHER_ROLES = 'GH403';
const TOPIC_GONE = 'GH404';

/** What the database said, in the port's words. */
export const busError = (error: unknown, topic: string): unknown => {
  if (error instanceof AppError) return error;
  if (isTransient(error)) return new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE', { cause: error });
  switch (codeOf(error)) {
    case ANOTHER_ROLES:
      return new AppError('FORBIDDEN', 'TOPIC_NOT_YOURS', { metadata: { topic }, cause: error });
    case TOPIC_GONE:
      return new AppError('UNAVAILABLE', 'TOPIC_UNKNOWN', { metadata: { topic }, cause: error });
    case undefined:
    default:
      return error;
  }
};
