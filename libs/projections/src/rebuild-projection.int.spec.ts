import { InMemoryBus } from '@gatehouse/bus';
import { InMemoryEventStore } from '@gatehouse/event-store';
import { until } from '@gatehouse/kernel/testing';
import type { Log } from '@gatehouse/postgres';
import {
  deadLetters,
  ensureProjectionBookkeeping,
  Projector,
  rebuildProjection,
  renewProjection,
  shapeOf,
  Relay,
  type Projection,
} from './index';
import { dumpProjection } from './testing';
import { numbers, OWNER, ProjectionBench, SERVICE } from './testing/projection-bench';
import { appendSlugs, slugProjection, SLUG_PREFIXES, SLUGS } from './testing/slug-projection';

describe.each(['store', 'bus'] as const)('rebuilding a projection of the %s', (kind) => {
  let bench: ProjectionBench;
  let store: InMemoryEventStore;
  let bus: InMemoryBus;
  let closing: (() => Promise<unknown>)[];

  beforeEach(async () => {
    bench = await ProjectionBench.open();
    store = new InMemoryEventStore();
    bus = new InMemoryBus();
    closing = [];
    const { pool } = bench;
    const relay = new Relay({
      store,
      producer: bus.producer(),
      topic: SLUGS,
      streamPrefixes: SLUG_PREFIXES,
      pool,
      schema: OWNER,
      name: 'slugs',
    });
    await ensureProjectionBookkeeping(pool, OWNER);
    relay.start();
    closing.push(() => relay.stop());
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    await store.close();
    await bench.close();
  });

  const shopSchemas = ['shop', 'shop_slugs'];
  const sources = () => ({ store, consumer: bus.consumer() });
  const run = async (projection: Projection = slugProjection(kind)): Promise<Projector> => {
    const projector = new Projector({ projection, pool: bench.pool, schema: SERVICE, ...sources() });
    await projector.start();
    closing.push(() => projector.stop());
    return projector;
  };
  const rebuild = (projection: Projection = slugProjection(kind)) =>
    rebuildProjection({ projection, pool: bench.pool, schema: SERVICE, ...sources() });
  const has = (stream: string, count: number): Promise<number> =>
    until(
      async () => (await bench.slugsOf(stream)).length >= count,
      async () => `${(await bench.slugsOf(stream)).length} of ${count}`,
    );
  const schemas = async (): Promise<string[]> =>
    (
      await bench.pool.query<{ nspname: string }>(
        `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shop%' ORDER BY nspname`,
      )
    ).rows.map(({ nspname }) => nspname);

  it('comes out identical, and the live one goes on after the swap', async () => {
    await run();
    for (const name of ['a', 'b', 'c']) await appendSlugs(store, `slug-${name}`, 0, 20);
    for (const name of ['a', 'b', 'c']) await has(`slug-${name}`, 20);
    const before = await dumpProjection(bench.pool, 'shop_slugs');
    await expect(rebuild()).resolves.toEqual({ events: 60 });
    expect(await dumpProjection(bench.pool, 'shop_slugs')).toBe(before);
    expect(before).toContain('seen (stream text, revision bigint, slug text)\n(slug-a,0,0)\n');
    expect(await schemas()).toEqual(shopSchemas);
    await appendSlugs(store, 'slug-a', 20, 30);
    await has('slug-a', 30);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(30));
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  });

  it('comes out identical under appends, with readers who see every state whole', async () => {
    await run();
    let writing = true;
    let appended = 0;
    closing.push(async () => {
      writing = false;
    });
    const writer = (async () => {
      for (let n = 0; writing; n++) {
        for (const name of ['a', 'b', 'c', 'd']) await appendSlugs(store, `slug-${name}`, n, n + 1);
        appended = n + 1;
        // Never far ahead, so that a slow machine only makes it shorter.
        await until(async () => !writing || (await bench.slugsOf('slug-a')).length > n - 20);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await has('slug-a', 10);
    const lengths: number[] = [];
    const reader = (async () => {
      while (writing) {
        const { rows } = await bench.pool.query<{ n: bigint }>(
          `SELECT events AS n FROM shop_slugs.total WHERE stream = 'slug-a'`,
        );
        lengths.push(Number(rows[0]?.n ?? 0));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    for (let n = 0; n < 2; n++) await rebuild();
    writing = false;
    await Promise.all([writer, reader]);
    for (const name of ['a', 'b', 'c', 'd']) await has(`slug-${name}`, appended);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    const live = await dumpProjection(bench.pool, 'shop_slugs');
    const fresh = { ...slugProjection(kind, { name: 'fresh' }) };
    const reference = await run(fresh);
    for (const name of ['a', 'b', 'c', 'd']) {
      await until(async () => (await bench.slugsOf(`slug-${name}`, 'shop_fresh')).length >= appended);
    }
    expect(reference.applied).toBe(appended * 4);
    expect(await dumpProjection(bench.pool, 'shop_fresh')).toBe(live);
    expect(await bench.count('shop.projection_dead_letter')).toBe(0);
  }, 180_000);

  it('drops what a crash left, and what was there before', async () => {
    await run();
    await appendSlugs(store, 'slug-a', 0, 5);
    await has('slug-a', 5);
    for (const left of ['shop_slugs__rebuild', 'shop_slugs__retired']) {
      await bench.pool.query(`CREATE SCHEMA ${left}; CREATE TABLE ${left}.seen (junk int)`);
    }
    await bench.pool.query(`INSERT INTO shop.projection_checkpoint VALUES ('slugs__rebuild', 4)`);
    await bench.pool.query(`INSERT INTO shop.projection_stream VALUES ('slugs__rebuild', 'slug-a', 3)`);
    await expect(rebuild()).resolves.toEqual({ events: 5 });
    expect(await schemas()).toEqual(shopSchemas);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(5));
  });

  it('takes the new rules, and leaves the dead letters of the old ones behind', async () => {
    const poisonous = slugProjection(kind, {
      before: ({ data }) => {
        if (data['slug'] === '1') throw new Error('cannot digest 1');
      },
    });
    const old = await run(poisonous);
    await appendSlugs(store, 'slug-a', 0, 4);
    await has('slug-a', 3);
    expect(await deadLetters(bench.pool, SERVICE)).toHaveLength(1);
    await old.stop();
    await rebuild();
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(4));
    expect(await deadLetters(bench.pool, SERVICE)).toEqual([]);
  });

  describe('of another shape', () => {
    const reshaped = (before?: () => Promise<void> | void): Projection => ({
      ...slugProjection(kind),
      version: 2,
      ddl: `CREATE TABLE seen (stream text, revision bigint, slug text NOT NULL, shout text NOT NULL)`,
      apply: async (tx, { stream, revision, data: { slug } }) => {
        await before?.();
        await tx.query('INSERT INTO seen (stream, revision, slug, shout) VALUES ($1, $2, $3, $4)', [
          ...[stream, revision, slug, `${String(slug)}!`],
        ]);
      },
    });
    const renew = (projection: Projection, log?: Log): Promise<void> =>
      renewProjection({ projection, pool: bench.pool, schema: SERVICE, ...sources(), ...(log && { log }) });
    const shouts = async (): Promise<string[]> =>
      (
        await bench.pool.query<{ shout: string }>(
          `SELECT shout FROM shop_slugs.seen WHERE stream = 'slug-a' ORDER BY revision`,
        )
      ).rows.map(({ shout }) => shout);
    const shape = async () =>
      (await bench.pool.query(`SELECT version, digest FROM shop.projection_shape WHERE name = 'slugs'`)).rows;
    const tableOid = async (): Promise<unknown> =>
      (await bench.pool.query(`SELECT 'shop_slugs.seen'::regclass::oid AS oid`)).rows[0];

    it('is built beside the old one, which goes on until the swap and stands aside from then', async () => {
      await run();
      await appendSlugs(store, 'slug-a', 0, 5);
      await has('slug-a', 5);
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const renewing = renew(reshaped(() => gate));
      await until(async () => (await schemas()).includes('shop_slugs__rebuild'));
      await appendSlugs(store, 'slug-a', 5, 10);
      await has('slug-a', 10);
      open();
      await renewing;
      expect(await shouts()).toEqual(numbers(10).map((n) => `${n}!`));
      expect(await shape()).toEqual([shapeOf(reshaped())]);
      await appendSlugs(store, 'slug-a', 10, 12);
      await run(reshaped());
      await has('slug-a', 12);
      expect(await shouts()).toEqual(numbers(12).map((n) => `${n}!`));
      expect(await bench.count('shop.projection_dead_letter')).toBe(0);
      expect(await schemas()).toEqual(shopSchemas);
    });

    it('is built once by however many start at once', async () => {
      const old = await run();
      await appendSlugs(store, 'slug-a', 0, 20);
      await has('slug-a', 20);
      await old.stop();
      let applied = 0;
      const counted = reshaped(() => void applied++);
      await Promise.all([renew(counted), renew(counted), renew(counted)]);
      expect(applied).toBe(20);
      await Promise.all([run(counted), run(counted)]);
      await appendSlugs(store, 'slug-a', 20, 25);
      await has('slug-a', 25);
      expect(await shouts()).toEqual(numbers(25).map((n) => `${n}!`));
    });

    it('is built once where nobody wrote down the shape, and not where it fits', async () => {
      const first = await run();
      await appendSlugs(store, 'slug-a', 0, 3);
      await has('slug-a', 3);
      await first.stop();
      await bench.pool.query('DELETE FROM shop.projection_shape');
      const before = await tableOid();
      await renew(slugProjection(kind));
      const after = await tableOid();
      expect(after).not.toEqual(before);
      expect(await shape()).toEqual([shapeOf(slugProjection(kind))]);
      await renew(slugProjection(kind));
      expect(await tableOid()).toEqual(after);
      expect(await bench.slugsOf('slug-a')).toEqual(numbers(3));
    });

    it('is built where the DDL alone differs', async () => {
      const first = await run();
      await appendSlugs(store, 'slug-a', 0, 3);
      await has('slug-a', 3);
      await first.stop();
      await renew({ ...reshaped(), version: 1 });
      expect(await shouts()).toEqual(['0!', '1!', '2!']);
    });

    it('is let alone by an older program that starts again, until that one is told to rebuild', async () => {
      await run(reshaped());
      await appendSlugs(store, 'slug-a', 0, 3);
      await has('slug-a', 3);
      const error = jest.fn();
      const before = await tableOid();
      await renew(slugProjection(kind), { warn: jest.fn(), info: jest.fn(), error });
      expect(await tableOid()).toEqual(before);
      expect(error).toHaveBeenCalledTimes(1);
      await run();
      await appendSlugs(store, 'slug-a', 3, 6);
      await has('slug-a', 6);
      expect(await shouts()).toEqual(numbers(6).map((n) => `${n}!`));
      await rebuild(slugProjection(kind));
      await appendSlugs(store, 'slug-a', 6, 8);
      await has('slug-a', 8);
      expect(await shape()).toEqual([shapeOf(slugProjection(kind))]);
      expect(await bench.count('shop_slugs.total')).toBe(1);
      expect(await bench.count('shop.projection_dead_letter')).toBe(0);
    });
  });

  it('is one at a time', async () => {
    await run();
    await appendSlugs(store, 'slug-a', 0, 50);
    await has('slug-a', 50);
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let first: ReturnType<typeof rebuild> | undefined;
    await new Promise<void>((begun) => {
      const before = (): Promise<void> => {
        begun();
        return held;
      };
      first = rebuild(slugProjection(kind, { before }));
    });
    await expect(rebuild()).rejects.toMatchObject({ code: 'CONFLICT', reason: 'REBUILD_RUNNING' });
    goOn();
    await expect(first).resolves.toEqual({ events: 50 });
  });

  it('leaves the live one alone when it is given up', async () => {
    await run();
    await appendSlugs(store, 'slug-a', 0, 20);
    await has('slug-a', 20);
    const stopping = new AbortController();
    const slow = slugProjection(kind, { before: () => new Promise((resolve) => setTimeout(resolve, 50)) });
    const { pool } = bench;
    const building = rebuildProjection({
      projection: slow,
      pool,
      schema: SERVICE,
      ...sources(),
      signal: stopping.signal,
    });
    setTimeout(() => stopping.abort(), 100);
    await expect(building).rejects.toMatchObject({ reason: 'REBUILD_ABANDONED' });
    expect(await schemas()).toEqual(shopSchemas);
    await appendSlugs(store, 'slug-a', 20, 25);
    await has('slug-a', 25);
    expect(await bench.slugsOf('slug-a')).toEqual(numbers(25));
  });
});
