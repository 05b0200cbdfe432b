import type { Topic } from '@gatehouse/bus';
import type { Pool } from 'pg';

/** Makes the topic where it is absent; CONFLICT by the database where it has another number of partitions. */
export const ensureTopic = async (
  db: Pick<Pool, 'query'>,
  { name, partitions, retentionMs }: Topic,
): Promise<void> => {
  const retention = Number.isFinite(retentionMs) ? Math.ceil(retentionMs) : null;
  await db.query('SELECT bus.ensure_topic($1, $2, $3)', [name, partitions, retention]);
};
