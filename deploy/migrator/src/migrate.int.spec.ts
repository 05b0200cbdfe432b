import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { factsOf, forEachName, SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import { Client } from 'pg';
import { migrate } from './index';

const PASSWORDS = forEachName(SERVICE_NAMES, () => 'test');
const READERS = SERVICE_NAMES.filter((name) => factsOf(name).log !== 'none');

let database: TestDatabase;

const refusalOf = async (service: ServiceName, sql: string): Promise<string> => {
  const client = new Client({ connectionString: database.urlAs(service) });
  await client.connect();
  try {
    await client.query(sql);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
};

beforeAll(async () => {
  database = await testDatabase({ migrations: [] });
  await migrate({ databaseUrl: database.url, passwords: PASSWORDS });
});

afterAll(() => database.drop());

describe('migrate', () => {
  it('finds nothing to do the second time', async () => {
    expect(await migrate({ databaseUrl: database.url, passwords: PASSWORDS })).toEqual([]);
  });

  it.each(READERS)('lets %s read the event store', async (service) => {
    expect(await refusalOf(service, 'SELECT * FROM event_store.event')).toBe('none');
  });

  it('keeps the gateway out of the event store', async () => {
    expect(await refusalOf('gateway', 'SELECT * FROM event_store.event')).toMatch(/permission denied/);
  });

  it.each(READERS)('lets %s change no event', async (service) => {
    expect(await refusalOf(service, 'DELETE FROM event_store.event')).toMatch(/permission denied/);
  });

  it('takes back a membership that the table does not have', async () => {
    const owner = new Client({ connectionString: database.url });
    await owner.connect();
    try {
      await owner.query('GRANT gatehouse_bus_user TO gatehouse_audit');
    } finally {
      await owner.end();
    }
    expect(await refusalOf('audit', 'SELECT * FROM bus.message')).toBe('none');
    await migrate({ databaseUrl: database.url, passwords: PASSWORDS });
    expect(await refusalOf('audit', 'SELECT * FROM bus.message')).toMatch(/permission denied/);
  });
});
