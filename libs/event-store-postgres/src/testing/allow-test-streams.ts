import type { TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { TEST_EVENTS, TEST_STREAMS } from '@gatehouse/event-store/testing';
import { databaseRoleOf, factsOf, SERVICE_NAMES } from '@gatehouse/topology';
import { Client } from 'pg';

/** Lets every role that may append write the streams that no service of the product has. */
export const allowTestStreams = async (database: TestDatabase): Promise<void> => {
  const owner = new Client({ connectionString: database.superuserUrl });
  await owner.connect();
  try {
    const roles = SERVICE_NAMES.filter((service) => factsOf(service).log === 'append').map(databaseRoleOf);
    await owner.query(
      'INSERT INTO event_store.stream_right SELECT role, $2, $3 FROM unnest($1::text[]) AS role',
      [roles, TEST_STREAMS, TEST_EVENTS],
    );
  } finally {
    await owner.end();
  }
};
