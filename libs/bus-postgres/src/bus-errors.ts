import { AppError } from '@gatehouse/kernel';
import { codeOf, isTransient } from '@gatehouse/postgres';

const OTHER_PARTITIONS = 'GH409';

/** What the database said, in the port's words. */
export const busError = (error: unknown, topic: string): unknown => {
  if (error instanceof AppError) return error;
  if (isTransient(error)) return new AppError('UNAVAILABLE', 'BUS_UNAVAILABLE', { cause: error });
  if (codeOf(error) !== OTHER_PARTITIONS) return error;
  const { detail = '' } = error as { detail?: string };
  return new AppError('CONFLICT', 'TOPIC_PARTITIONS_DIFFER', { metadata: { topic, partitions: detail } });
};
