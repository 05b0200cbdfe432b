import { testDatabase } from '@gatehouse/embedded-postgres/testing';
import { Client } from 'pg';
import { textArray } from './text-array';

it('says the same to Postgres as an array of the driver', async () => {
  const database = await testDatabase({ migrations: [] });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const texts = ['', 'plain', '{"a":"\\"","b":[1,2]}', 'ünï 漢字 🚪', 'NULL', 'a,b'];
  const { rows } = await client.query('SELECT $1::text[] AS texts', [textArray(texts)]);
  await client.end();
  await database.drop();
  expect(rows).toEqual([{ texts }]);
});
