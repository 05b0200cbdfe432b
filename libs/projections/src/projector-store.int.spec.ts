import { InMemoryEventStore, position } from '@gatehouse/event-store';
import { Signal } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { createPool } from '@gatehouse/postgres';
import {
  deadLetters,
  ensureProjectionBookkeeping,
  Projector,
  replayDeadLetters,
  type Projection,
} from './index';
import { numbers, ProjectionBench, SERVICE } from './testing/projection-bench';
import { appendSlugs, slugEvent, slugProjection } from './testing/slug-projection';

describe('a projection of the log', () => {
  let bench: ProjectionBench;
  let store: InMemoryEventStore;
  let projectors: Projector[];

  beforeEach(async () => {
    bench = await ProjectionBench.open();
    store = new InMemoryEventStore();
    projectors = [];
  });
  afterEach(async () => {
    await Promise.all(projectors.map((projector) => projector.stop()));
    await store.close();
    await bench.close();
  });

  const run = async (
    projection: Projection = slugProjection('store'),
    changes?: Signal,
  ): Promise<Projector> => {
    const options = { projection, pool: bench.pool, schema: SERVICE, store };
    const projector = new Projector({ ...options, ...(changes && { changes }) });
    projectors.push(projector);
    await projector.start();
    return projector;
  };

  const head = async () => store.head();

  it('applies what there is and what comes, in order', async () => {
    await appendSlugs(store, 'slug-a', 0, 5);
    const projector = await run();
    await appendSlugs(store, 'slug-a', 5, 10);
    await projector.waitFor(await head(), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(10));
  });

  it('goes on after a restart, and applies nothing twice', async () => {
    await appendSlugs(store, 'slug-a', 0, 5);
    const first = await run();
    await first.waitFor(await head(), 5_000);
    await first.stop();
    await appendSlugs(store, 'slug-a', 5, 10);
    const second = await run();
    await second.waitFor(await head(), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(10));
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  });

  it('applies each event once however many processes run it', async () => {
    const running = await Promise.all([run(), run(), run()]);
    await Promise.all(['a', 'b', 'c'].map((name) => appendSlugs(store, `slug-${name}`, 0, 40)));
    for (const projector of running) await projector.waitFor(await head(), 10_000);
    for (const name of ['a', 'b', 'c']) expect(await bench.slugsOf(`slug-${name}`)).toEqual(numbers(40));
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  });

  it('tells each process that runs it of a change once it is there, and of nothing else', async () => {
    const told = [new Signal(), new Signal()];
    const projectors = await Promise.all(told.map((changes) => run(slugProjection('store'), changes)));
    await store.append('other-a', [slugEvent('other-a', 0)], 'none');
    for (const projector of projectors) await projector.waitFor(await head(), 5_000);
    expect(told.map((changes) => changes.mark())).toEqual([0, 0]);
    await appendSlugs(store, 'slug-a', 0, 1);
    for (const changes of told) {
      await changes.wait(0, 5_000, new AbortController().signal);
      expect(changes.mark()).toBe(1);
      expect(await bench.slugsOf('slug-a')).toEqual(numbers(1));
    }
  });

  it('applies nothing twice when its process dies between apply and commit', async () => {
    let deaths = 0;
    const killer = createPool(bench.database.url, { name: 'killer', max: 1 });
    const dying = slugProjection('store', {
      before: async ({ revision }) => {
        if (revision % 4n !== 3n || deaths >= 3) return;
        deaths++;
        await killer.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`);
      },
    });
    const projector = await run(dying);
    await appendSlugs(store, 'slug-a', 0, 20);
    await projector.waitFor(await head(), 15_000);
    expect(deaths).toBe(3);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(20));
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
    await killer.end();
  });

  it('waits for what is not there yet, and says so when it does not come', async () => {
    const projector = await run();
    await expect(projector.waitFor(position(1n), 100)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'PROJECTION_BEHIND',
    });
    const waiting = projector.waitFor(position(3n), 5_000);
    await appendSlugs(store, 'slug-a', 0, 3);
    await waiting;
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(3));
  });

  it('is waited for by many with as few looks as by one', async () => {
    const projector = await run();
    const warnings: string[] = [];
    const warn = ({ name }: Error) => warnings.push(name);
    process.on('warning', warn);
    const looks = jest.spyOn(bench.pool, 'query');
    const waiting = Array.from({ length: 200 }, () => projector.waitFor(position(1n), 500));
    const ended = await Promise.allSettled(waiting);
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(looks.mock.calls.length).toBeLessThan(200);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it("passes events of others' streams, and waits for their positions too", async () => {
    const projector = await run();
    await appendSlugs(store, 'slug-a', 0, 1);
    await appendSlugs(store, 'other-a', 0, 50);
    await projector.waitFor(await head(), 5_000);
    expect(await bench.count('shop_slugs.seen')).toBe(1);
  });

  it('answers for a projection that another process runs', async () => {
    await run();
    await appendSlugs(store, 'slug-a', 0, 3);
    const onlooker = new Projector({
      projection: slugProjection('store'),
      pool: bench.pool,
      schema: SERVICE,
      store,
    });
    await onlooker.waitFor(position(3n), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(3));
    await expect(onlooker.waitFor(position(4n), 50)).rejects.toMatchObject({ reason: 'PROJECTION_BEHIND' });
  });

  it('keeps poison as a dead letter and goes on; the replay applies it', async () => {
    let cured = false;
    const projection = slugProjection('store', {
      before: ({ data }) => {
        if (data['slug'] === '2' && !cured) throw new Error('cannot digest 2');
      },
    });
    await appendSlugs(store, 'slug-a', 0, 5);
    const projector = await run(projection);
    await projector.waitFor(await head(), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(['0', '1', '3', '4']);
    const [letter, ...others] = await deadLetters(bench.pool, SERVICE, 'slugs');
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      name: 'slugs',
      origin: { kind: 'store', position: 3n },
      error: 'cannot digest 2',
      message: { key: 'slug-a', headers: { ce_type: 'SlugReserved', ce_revision: '2' } },
    });
    const replay = () => replayDeadLetters({ projection, pool: bench.pool, schema: SERVICE });
    await expect(replay()).resolves.toEqual({ replayed: 0, failed: 1 });
    cured = true;
    await expect(replay()).resolves.toEqual({ replayed: 1, failed: 0 });
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(5));
    await expect(replay()).resolves.toEqual({ replayed: 0, failed: 0 });
  });

  it('makes a dead letter of what the database refuses, without losing its neighbours', async () => {
    const bad = slugEvent('slug-a', 'bad');
    await appendSlugs(store, 'slug-a', 0, 1);
    await store.append('slug-a', [{ ...bad, data: { ...bad.data, slug: 'zero\0byte' } }], 'any');
    await store.append('slug-a', [slugEvent('slug-a', 2)], 'any');
    const projector = await run();
    await projector.waitFor(await head(), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(['0', '2']);
    expect((await deadLetters(bench.pool, SERVICE))[0]?.error).toMatch(/invalid byte sequence/);
  });

  it.each([
    ['an unknown column', 'ALTER TABLE shop_slugs.seen RENAME slug TO snail', 'RENAME snail TO slug'],
    ['a column that nobody fills', 'ALTER TABLE shop_slugs.seen ADD shell text NOT NULL', 'DROP shell'],
    [
      'a row that no check lets in',
      `ALTER TABLE shop_slugs.seen ADD CHECK (slug > '7')`,
      'DROP CONSTRAINT seen_slug_check',
    ],
  ])('waits for the program where the fault is %s, and says so', async (_what, breaking, mending) => {
    const error = jest.fn();
    const log = { warn: jest.fn(), info: jest.fn(), error };
    const projection = slugProjection('store');
    const projector = new Projector({ projection, pool: bench.pool, schema: SERVICE, store, log });
    projectors.push(projector);
    await projector.start();
    await bench.pool.query(breaking);
    await appendSlugs(store, 'slug-a', 0, 3);
    await until(() => error.mock.calls.length >= 2);
    expect(error.mock.calls[0]?.[1]).toBe('a fault of the program holds a projection up; it is tried again');
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
    await bench.pool.query(`ALTER TABLE shop_slugs.seen ${mending}`);
    await projector.waitFor(await head(), 10_000);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(3));
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  });

  it('waits for ever where the fault is not the event', async () => {
    let attempts = 0;
    const projection = slugProjection('store', {
      before: () => {
        if (attempts++ < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      },
    });
    await appendSlugs(store, 'slug-a', 0, 2);
    const projector = await run(projection);
    await projector.waitFor(await head(), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(2));
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  });

  it('is made anew when its schema was dropped', async () => {
    await appendSlugs(store, 'slug-a', 0, 5);
    const first = await run();
    await first.waitFor(await head(), 5_000);
    await first.stop();
    await bench.pool.query('DROP SCHEMA shop_slugs CASCADE');
    const second = await run();
    await second.waitFor(await head(), 5_000);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(5));
  });

  it('can only reach its own tables', async () => {
    await bench.pool.query('CREATE TABLE public.elsewhere (n int)');
    const projection: Projection = {
      ...slugProjection('store'),
      apply: async (tx) => {
        await tx.query('SELECT FROM seen');
        const { rows } = await tx.query<{ path: string; there: boolean }>(
          `SELECT current_setting('search_path') AS path, to_regclass('elsewhere') IS NOT NULL AS there`,
        );
        throw new Error(`${rows[0]?.path} ${rows[0]?.there}`);
      },
    };
    await appendSlugs(store, 'slug-a', 0, 1);
    const projector = await run(projection);
    await projector.waitFor(await head(), 5_000);
    expect((await deadLetters(bench.pool, SERVICE))[0]?.error).toBe('"shop_slugs" false');
  });

  it('works for the role of a service, which owns its schemas', async () => {
    await bench.pool.query(
      `GRANT CREATE ON DATABASE ${new URL(bench.database.url).pathname.slice(1)} TO gatehouse_registry`,
    );
    const pool = createPool(bench.database.urlAs('registry'), { name: 'spec' });
    await ensureProjectionBookkeeping(pool, 'registry');
    await ensureProjectionBookkeeping(pool, 'registry');
    const projector = new Projector({ projection: slugProjection('store'), pool, schema: 'registry', store });
    await projector.start();
    await appendSlugs(store, 'slug-a', 0, 2);
    await projector.waitFor(await head(), 5_000);
    await projector.stop();
    await pool.end();
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(2));
  });

  it('starts when the database does, and stops without it', async () => {
    const nowhere = createPool('postgres://nobody@127.0.0.1:1/none', { name: 'spec' });
    const projector = new Projector({
      projection: slugProjection('store'),
      pool: nowhere,
      schema: SERVICE,
      store,
    });
    let started = false;
    const starting = projector.start().then(() => (started = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(started).toBe(false);
    await projector.stop();
    await starting;
    await nowhere.end();
  });
});
