import { Client } from 'pg';

/** Serializes the statements about roles and rights among all who run them on one database. */
const ROLE_LOCK = 5_062_411_794_302n;

/** A connection of its own as the database's owner, alone with this work. */
export const withOwner = async (url: string, run: (client: Client) => Promise<void>): Promise<void> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [ROLE_LOCK]);
    await run(client);
  } finally {
    await client.end();
  }
};
