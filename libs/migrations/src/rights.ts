import { databaseRoleOf, factsOf, SERVICE_NAMES, STREAM_EVENTS, TOPICS } from '@gatehouse/topology';
import type { Client } from 'pg';
import { withOwner } from './owner';

/**
 * Makes the topics, and tells store and bus which role may append to which streams and publish to which topics. What an
 * earlier release allowed and this one does not is taken back. A schema that no migration has made is passed over. Error:
 * a topic that exists with another number of partitions.
 */
export const grantRights = (url: string): Promise<void> =>
  withOwner(url, async (client) => {
    await client.query('BEGIN');
    if (await exists(client, 'event_store.stream_right')) await grantStreams(client);
    if (await exists(client, 'bus.publisher')) await grantTopics(client);
    await client.query('COMMIT');
  });

const grantStreams = async (client: Client): Promise<void> => {
  const rights = SERVICE_NAMES.flatMap((service) =>
    factsOf(service).streams.map((prefix) => ({
      role: databaseRoleOf(service),
      prefix,
      types: STREAM_EVENTS[prefix as keyof typeof STREAM_EVENTS],
    })),
  );
  await client.query('DELETE FROM event_store.stream_right');
  for (const { role, prefix, types } of rights) {
    await client.query('INSERT INTO event_store.stream_right (role, prefix, types) VALUES ($1, $2, $3)', [
      role,
      prefix,
      types,
    ]);
  }
};

const grantTopics = async (client: Client): Promise<void> => {
  for (const { name, partitions, retentionMs } of Object.values(TOPICS)) {
    const retention = Number.isFinite(retentionMs) ? retentionMs : null;
    await client.query('SELECT bus.ensure_topic($1, $2, $3)', [name, partitions, retention]);
  }
  await client.query('DELETE FROM bus.publisher');
  for (const service of SERVICE_NAMES) {
    for (const key of factsOf(service).publishes) {
      const { name } = TOPICS[key];
      await client.query('INSERT INTO bus.publisher (topic, role) VALUES ($1, $2)', [
        name,
        databaseRoleOf(service),
      ]);
    }
  }
};

const exists = async (client: Client, table: string): Promise<boolean> => {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    table,
  ]);
  return rows[0]?.there ?? false;
};
