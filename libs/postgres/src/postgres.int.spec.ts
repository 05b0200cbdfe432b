import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import { AppError, type KeyedPlace } from '@gatehouse/kernel';
import { Client, type Pool } from 'pg';
import {
  booleanArray,
  byteaArray,
  createPool,
  dateArray,
  inTransaction,
  int4Array,
  int8Array,
  isConnectionFault,
  isTransient,
  openSession,
  pageKeyed,
  pause,
  type Queryable,
  textArray,
  timestampArray,
} from './index';

let database: TestDatabase;
let owner: Pool;
let pool: Pool;

beforeEach(async () => {
  database = await testDatabase({ migrations: [] });
  owner = createPool(database.url, { name: 'owner' });
  pool = createPool(database.url, { name: 'test', max: 2 });
});
afterEach(async () => {
  await pool.end();
  await owner.end();
  await database.drop();
});

const cut = (): Promise<unknown> =>
  owner.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`);

describe('createPool', () => {
  it('reads int8 as bigint and a date as the day it names, for itself alone', async () => {
    const sql =
      "SELECT 9223372036854775807 AS n, '{1,NULL,2}'::int8[] AS list, '2026-03-29'::date AS day, 7 AS small";
    expect((await pool.query(sql)).rows).toEqual([
      { n: 9223372036854775807n, list: [1n, null, 2n], day: '2026-03-29', small: 7 },
    ]);
  });

  it('survives the loss of idle connections', async () => {
    await pool.query('SELECT 1');
    await cut();
    await pause(50, new AbortController().signal);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('carries its name', async () => {
    expect((await pool.query('SHOW application_name')).rows).toEqual([{ application_name: 'test' }]);
  });
});

describe('arrays in binary', () => {
  const most = 2n ** 63n - 1n;
  const times = ['0001-01-01T00:00:00.000Z', '1999-12-31T23:59:59.999Z', '2026-03-29T01:00:00.001Z'];
  const dates = [...times, '9999-12-31T23:59:59.999Z'].map((time) => new Date(time));

  it.each<[string, Buffer, string[]]>([
    [
      'text',
      textArray(['', 'a"\\{,}', undefined, 'NULL', '\u{1f600}ß']),
      ['', 'a"\\{,}', 'none', 'NULL', '😀ß'],
    ],
    ['bytea', byteaArray([Uint8Array.of(0, 255), Uint8Array.of()]), ['\\x00ff', '\\x']],
    ['integer', int4Array([-(2 ** 31), undefined, 2 ** 31 - 1]), ['-2147483648', 'none', '2147483647']],
    ['bigint', int8Array([-most - 1n, undefined, 0n, most]), [`${-most - 1n}`, 'none', '0', `${most}`]],
    ['boolean', booleanArray([true, false]), ['true', 'false']],
    ['date', dateArray(dates), ['0001-01-01', '1999-12-31', '2026-03-29', '9999-12-31']],
    ['text', textArray([]), []],
  ])('of %s are read as what was written', async (type, array, said) => {
    const { rows } = await pool.query<{ said: string }>(
      `SELECT coalesce(value::text, 'none') AS said FROM unnest($1::${type}[]) WITH ORDINALITY AS given (value, place)
       ORDER BY place`,
      [array],
    );
    expect(rows.map((row) => row.said)).toEqual(said);
  });

  it('of times are read to the millisecond', async () => {
    const { rows } = await pool.query<{ times: Date[] }>('SELECT $1::timestamptz[] AS times', [
      timestampArray(dates),
    ]);
    expect(rows[0]?.times).toEqual(dates);
  });

  it('hold no number that is too large', () => {
    expect(() => int4Array([2 ** 31])).toThrow(RangeError);
    expect(() => int8Array([most + 1n])).toThrow(RangeError);
    expect(() => timestampArray([new Date(Number.NaN)])).toThrow(RangeError);
  });
});

describe('inTransaction', () => {
  beforeEach(() => owner.query('CREATE TABLE thing (n int PRIMARY KEY)'));

  const count = async (): Promise<unknown> =>
    (await owner.query('SELECT count(*)::int AS n FROM thing')).rows[0]?.n;

  it('commits, and answers what the function does', async () => {
    await expect(
      inTransaction(pool, async (tx) => {
        await tx.query('INSERT INTO thing VALUES (1)');
        return 'done';
      }),
    ).resolves.toBe('done');
    expect(await count()).toBe(1);
  });

  it('rolls back what throws, and gives the connection back', async () => {
    for (let n = 0; n < 5; n++) {
      const attempt = inTransaction(pool, async (tx) => {
        await tx.query('INSERT INTO thing VALUES (1)');
        throw new Error('no');
      });
      await expect(attempt).rejects.toThrow('no');
    }
    expect(await count()).toBe(0);
  });

  it('says UNAVAILABLE when the connection is cut, and gives it to nobody else', async () => {
    const attempt = inTransaction(pool, async (tx) => {
      await tx.query('INSERT INTO thing VALUES (1)');
      await cut();
      await tx.query('SELECT 1');
    });
    await expect(attempt).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
    expect(await count()).toBe(0);
    await expect(inTransaction(pool, async () => 'again')).resolves.toBe('again');
  });

  it('says UNAVAILABLE when there is no server', async () => {
    const nowhere = createPool('postgres://nobody@127.0.0.1:1/none', { name: 'test' });
    await expect(inTransaction(nowhere, async () => 1)).rejects.toMatchObject({
      reason: 'DATABASE_UNAVAILABLE',
    });
    await nowhere.end();
  });
});

describe('openSession', () => {
  it('tells when it is lost', async () => {
    const session = await openSession(pool);
    expect(session.lost.aborted).toBe(false);
    await cut();
    await pause(5_000, session.lost);
    expect(session.lost.aborted).toBe(true);
    const failure: unknown = await session.client.query('SELECT 1').catch((error: unknown) => error);
    expect(isConnectionFault(failure)).toBe(true);
    await session.close();
  });

  it('leaves nothing behind where it is lost in the very turn in which the server answered', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const query = jest.spyOn(Client.prototype, 'query').mockImplementationOnce(async function (this: Client) {
      this.emit('end');
    } as never);
    const session = await openSession(pool);
    query.mockRestore();
    expect(session.lost.aborted).toBe(true);
    await session.close();
    expect(timers()).toBe(before);
  });
});

describe('isTransient', () => {
  const of = (code: string): Error => Object.assign(new Error('x'), { code });

  it.each(['40001', '40P01', '55P03', '57014', '57P01', '53100', '08006', '58030', 'ECONNREFUSED', 'EPIPE'])(
    '%s',
    (code) => {
      expect(isTransient(of(code))).toBe(true);
    },
  );

  it.each(['23505', '22P02', '42P01', '42601', 'ERR_INVALID_ARG_TYPE'])('not %s', (code) => {
    expect(isTransient(of(code))).toBe(false);
  });

  it('goes by the code of what the application threw', () => {
    expect(isTransient(new AppError('UNAVAILABLE', 'X'))).toBe(true);
    expect(isTransient(new AppError('INVALID', 'X'))).toBe(false);
    expect(isTransient(new TypeError('Connection is undefined'))).toBe(false);
    expect(isTransient(undefined)).toBe(false);
  });
});

describe('a list in pages', () => {
  it('is counted for the first, and no more for those that go on from it', async () => {
    const asked: string[] = [];
    const counting: Queryable = {
      query: (sql, values) => {
        asked.push(sql);
        return pool.query(sql, values === undefined ? undefined : [...values]);
      },
    };
    const list = {
      select: `SELECT n, 'name ' || n AS name FROM generate_series(1, 5) n`,
      ...{ where: 'n <> $1', values: [2], key: 'name', ordinal: 'n', descending: false },
    };
    const page = (after: KeyedPlace | undefined, skip = 0) =>
      pageKeyed(counting, list, { after, size: 2, skip }, ({ n }: { n: number }) => n);
    const first = await page(undefined);
    expect(first).toMatchObject({ items: [1, 3], totalSize: 4, next: { ordinal: 3n, counted: 4 } });
    expect(asked).toHaveLength(2);
    expect(await page(first.next)).toEqual({ items: [4, 5], totalSize: 4, next: undefined });
    expect(asked).toHaveLength(3);
    // As a token of the version before has it.
    expect(await page({ key: 'name 3', ordinal: 3n })).toMatchObject({ items: [4, 5], totalSize: 4 });
    expect(await page(undefined, 3)).toMatchObject({ items: [5], totalSize: 4 });
    expect(asked).toHaveLength(7);
  });
});
