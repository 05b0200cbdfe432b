import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { apiKeyId, deriveId } from '@gatehouse/kernel';
import { createPool } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { PostgresApiKeyUses } from './postgres-api-key-uses';

const [a, b] = [apiKeyId(deriveId('key', 'a')), apiKeyId(deriveId('key', 'b'))];
const [nine, ten] = [new Date('2026-03-10T09:00:00Z'), new Date('2026-03-10T10:00:00Z')];

describe('uses of keys in Postgres', () => {
  let database: TestDatabase;
  let pool: Pool;

  const started = async (): Promise<PostgresApiKeyUses> => {
    const uses = new PostgresApiKeyUses(pool, 'public');
    await uses.ensureTables();
    return uses;
  };

  beforeEach(async () => {
    database = await testDatabase({ migrations: [] });
    pool = createPool(database.url, { name: 'spec', max: 4 });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  it('are there after a restart, and the time since when they are kept stands', async () => {
    const first = await started();
    await first.keep(new Map([[a, nine]]));
    const { since } = await first.find([a]);
    const again = await started();
    expect(await again.find([a, b])).toEqual({ hours: new Map([[a, nine]]), since });
    expect(await again.find([b])).toEqual({ hours: new Map(), since });
    expect(Math.abs(Date.now() - since.getTime())).toBeLessThan(60_000);
  });

  it('are not moved back by a replica that comes late', async () => {
    const [one, other] = await Promise.all([started(), started()]);
    await one.keep(new Map([[a, ten]]));
    await other.keep(new Map([[a, nine], [b, nine]])); // prettier-ignore
    await one.keep(new Map([[b, ten]]));
    const { hours } = await one.find([a, b]);
    expect(hours).toEqual(new Map([[a, ten], [b, ten]])); // prettier-ignore
  });

  it('are kept by many replicas at once, in whatever order they name the keys', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, started));
    const ids = Array.from({ length: 200 }, (_, n) => apiKeyId(deriveId('key', String(n))));
    const rounds = Array.from({ length: 20 }, (_, round) => new Date(nine.getTime() + round * 3_600_000));
    await Promise.all(
      rounds.map((hour, n) => {
        const named = n % 2 ? ids : ids.toReversed();
        return replicas[n % 4]?.keep(new Map(named.map((id) => [id, hour])));
      }),
    );
    const { hours } = await (await started()).find(ids);
    expect(new Set([...hours.values()].map((hour) => hour.toISOString()))).toEqual(
      new Set([rounds.at(-1)?.toISOString()]),
    );
    expect(hours.size).toBe(200);
  });
});
