import { Client } from 'pg';
import { testDatabase } from './index';

const ask = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
};

describe('testDatabase', () => {
  it('makes databases that do not see each other', async () => {
    const [one, two] = await Promise.all([
      testDatabase({ migrations: [] }),
      testDatabase({ migrations: [] }),
    ]);
    await ask(one.url, 'CREATE TABLE only_here (id int)');
    expect(await ask(two.url, "SELECT to_regclass('only_here') AS found")).toEqual([{ found: null }]);
    await one.drop();
    await two.drop();
  });

  it('lets a service in by its own role', async () => {
    const database = await testDatabase({ migrations: [] });
    expect(await ask(database.urlAs('metering'), 'SELECT current_user::text AS who')).toEqual([
      { who: 'gatehouse_metering' },
    ]);
    await database.drop();
  });

  it('leaves nothing when dropped, not even with clients connected', async () => {
    const database = await testDatabase({ migrations: [] });
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await expect(ask(database.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });
});
