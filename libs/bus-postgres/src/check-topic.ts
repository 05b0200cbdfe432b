import type { Topic } from '@gatehouse/bus';
import { AppError } from '@gatehouse/kernel';
import type { Pool } from 'pg';

/**
 * Asks whether the topic is there as the product knows it; the migrator makes topics. Errors: UNAVAILABLE
 * `TOPIC_UNKNOWN` while it has not; CONFLICT `TOPIC_PARTITIONS_DIFFER` with another number of partitions.
 */
export const checkTopic = async (
  db: Pick<Pool, 'query'>,
  { name, partitions }: Pick<Topic, 'name' | 'partitions'>,
): Promise<void> => {
  const { rows } = await db.query<{ partitions: number }>(
    'SELECT partitions FROM bus.topic WHERE name = $1',
    [name],
  );
  const [there] = rows;
  if (there === undefined) {
    throw new AppError('UNAVAILABLE', 'TOPIC_UNKNOWN', { metadata: { topic: name } });
  }
  if (there.partitions !== partitions) {
    throw new AppError('CONFLICT', 'TOPIC_PARTITIONS_DIFFER', {
      metadata: { topic: name, partitions: String(there.partitions) },
    });
  }
};
