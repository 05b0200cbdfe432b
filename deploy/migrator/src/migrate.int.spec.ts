import { randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import {
  factsOf,
  forEachName,
  ownerOfTopic,
  SERVICE_NAMES,
  type ServiceName,
  TOPICS,
} from '@gatehouse/topology';
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

  it.each(SERVICE_NAMES)('ends what %s leaves open in the middle of a transaction', async (service) => {
    const client = new Client({ connectionString: database.urlAs(service) });
    await client.connect();
    const { rows } = await client.query('SHOW idle_in_transaction_session_timeout');
    await client.end();
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: '1min' }]);
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

  const asOwner = async <T extends object>(sql: string): Promise<readonly T[]> => {
    const owner = new Client({ connectionString: database.url });
    await owner.connect();
    try {
      return (await owner.query<T>(sql)).rows;
    } finally {
      await owner.end();
    }
  };

  it('makes the topics, keeps their messages as long as the table says, and says who publishes', async () => {
    const wanted = Object.values(TOPICS).map(({ name, partitions, retentionMs }) => ({
      name,
      partitions,
      retention_ms: Number.isFinite(retentionMs) ? String(retentionMs) : null,
      role: `gatehouse_${ownerOfTopic(name)}`,
    }));
    await asOwner('UPDATE bus.topic SET retention_ms = 1; DELETE FROM bus.publisher');
    await migrate({ databaseUrl: database.url, passwords: PASSWORDS });
    const rows = await asOwner<(typeof wanted)[number]>(
      'SELECT name, partitions, retention_ms::text, role FROM bus.topic JOIN bus.publisher ON topic = name',
    );
    expect([...rows].sort((a, b) => a.name.localeCompare(b.name))).toEqual(
      wanted.sort((a, b) => a.name.localeCompare(b.name)),
    );
  });

  it('takes back a right that the table does not have', async () => {
    await asOwner(`
      INSERT INTO bus.publisher (topic, role) VALUES ('${TOPICS.meteringEvents.name}', 'gatehouse_gateway');
      INSERT INTO event_store.stream_right (role, prefix, types) VALUES ('gatehouse_metering', 'apikey-', '{ApiKeyIssued}')`);
    await migrate({ databaseUrl: database.url, passwords: PASSWORDS });
    const forge = `SELECT bus.publish('${TOPICS.meteringEvents.name}', '{k}', '{"{}"}', '{v}')`;
    expect(await refusalOf('gateway', forge)).toBe("the topic is another role's");
    const append = `SELECT event_store.append('apikey-1', -2, '{${randomUUID()}}', '{ApiKeyIssued}', '{1}', '{"{}"}', '{"{}"}')`;
    expect(await refusalOf('metering', append)).toBe("the stream is another role's");
  });

  it('changes no topic that has another number of partitions, and says so', async () => {
    const { name } = TOPICS.usage;
    await asOwner(`UPDATE bus.topic SET partitions = partitions + 1 WHERE name = '${name}'`);
    await expect(migrate({ databaseUrl: database.url, passwords: PASSWORDS })).rejects.toThrow(
      'the topic has another number of partitions',
    );
    await asOwner(`UPDATE bus.topic SET partitions = partitions - 1 WHERE name = '${name}'`);
    expect(await migrate({ databaseUrl: database.url, passwords: PASSWORDS })).toEqual([]);
  });
});
