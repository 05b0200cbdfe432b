import { PostgresBusConsumer } from '@gatehouse/bus-postgres';
import { type Content, contentOf } from '@gatehouse/contents';
import type { JsonObject } from '@gatehouse/event-store';
import { until } from '@gatehouse/kernel/testing';
import { createPool } from '@gatehouse/postgres';
import { rebuildProjection } from '@gatehouse/projections';
import { dumpProjection } from '@gatehouse/projections/testing';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { PUBLICATIONS_SCHEMA, publicationsProjection } from './adapters/postgres/publications.projection';
import { ProvisioningBench } from './testing/provisioning-bench';

const MODELS = 5_000;
const names = Array.from({ length: MODELS }, (_, index) => `model-${String(index).padStart(4, '0')}`);

const catalog = (models: readonly string[] = names): Content =>
  contentOf(
    typeV1.CatalogContent.toJSON(
      typeV1.CatalogContent.fromPartial({
        providers: [
          {
            name: 'acme',
            facts: { served: true, quirks: { outputLimit: 'max_tokens' } },
            models: models.map((name) => ({
              name,
              facts: { kind: typeV1.ModelKind.CHAT, contextWindow: 128_000n, listedSince: 1n },
            })),
          },
        ],
      }),
    ) as JsonObject,
  );

const priceBook = (input: (name: string, index: number) => bigint | undefined): Content =>
  contentOf(
    typeV1.PriceBookContent.toJSON(
      typeV1.PriceBookContent.fromPartial({
        providers: [
          {
            name: 'acme',
            models: names.flatMap((name, index) => {
              const rate = input(name, index);
              return rate === undefined ? [] : [{ name, prices: { rates: { input: rate } } }];
            }),
          },
        ],
      }),
    ) as JsonObject,
  );

describe('what all organizations share of the configuration', () => {
  let bench: ProvisioningBench;
  const entries = new Map<string, provisioningV1.ConfigEntry['value']>();
  /** Ids that were told since the spec looked last. */
  const told: string[] = [];
  let watched: { cancel(): void };

  const takeTold = (): string[] => told.splice(0);
  const priceOf = (name: string): bigint | undefined => {
    const value = entries.get(`price:acme/${name}`);
    return value?.$case === 'price' ? value.value.rates?.input : undefined;
  };
  const bookVersion = (): bigint | undefined => {
    const value = entries.get('pricebook');
    return value?.$case === 'priceBook' ? value.value.version : undefined;
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    const call = bench.as('gateway').config.watch({ afterVersion: 0n });
    call.on('error', () => undefined);
    call.on('data', (message: provisioningV1.WatchResponse) => {
      for (const { id, value } of message.entries) {
        told.push(id);
        if (value) entries.set(id, value);
        else entries.delete(id);
      }
    });
    watched = call;
  }, 120_000);
  afterAll(async () => {
    watched.cancel();
    await bench.close();
  });

  it('is composed from what was published', async () => {
    await bench.publishContent('CatalogPublished', 1n, bench.contents.serve(catalog()));
    await bench.publishContent('PriceBookPublished', 1n, bench.contents.serve(priceBook(() => 7n)));
    await until(() => entries.size === 2 * MODELS + 2 && bookVersion() === 1n);
    expect(entries.get('provider:acme')).toMatchObject({
      $case: 'provider',
      value: { served: true, quirks: { outputLimit: 'max_tokens' } },
    });
    expect(entries.get('model:acme/model-0000')).toMatchObject({
      $case: 'model',
      value: { contextWindow: 128_000n, listedSince: 1n },
    });
    expect(priceOf('model-4999')).toBe(7n);
    takeTold();
  });

  it('changes by what changed: of 5,000 models one price, and the book', async () => {
    const changed = bench.contents.serve(priceBook((_, index) => (index === 42 ? 8n : 7n)));
    await bench.publishContent('PriceBookPublished', 2n, changed);
    await until(() => bookVersion() === 2n);
    expect(takeTold()).toEqual(['price:acme/model-0042', 'pricebook']);
    expect(priceOf('model-0042')).toBe(8n);
  });

  it('loses a price that is not known any more, and knows a model that is new', async () => {
    const without = bench.contents.serve(priceBook((_, index) => (index === 42 ? undefined : 7n)));
    await bench.publishContent('PriceBookPublished', 3n, without);
    await until(() => bookVersion() === 3n);
    expect(takeTold()).toEqual(['price:acme/model-0042', 'pricebook']);
    expect(priceOf('model-0042')).toBeUndefined();

    await bench.publishContent(
      'CatalogPublished',
      2n,
      bench.contents.serve(catalog([...names, 'model-new'])),
    );
    await until(() => entries.has('model:acme/model-new'));
    expect(takeTold()).toEqual(['model:acme/model-new']);
  });

  it('waits for a registry that is away, and holds up nothing else', async () => {
    bench.contents.down = true;
    await bench.publishContent('PriceBookPublished', 4n, bench.contents.serve(priceBook(() => 9n)));
    const { organizationId } = await bench.tenant('Meanwhile');
    const integrationId = await bench.connect(organizationId, 'meanwhile');
    const asked = bench.contents.asked;
    await until(() => entries.has(integrationId) && bench.contents.asked > asked + 1);
    expect(bookVersion()).toBe(3n);

    bench.contents.down = false;
    await until(() => bookVersion() === 4n);
    expect(priceOf('model-0042')).toBe(9n);
  });

  it('is not taken from a content that is not the one of the hash', async () => {
    const wanted = priceBook(() => 11n);
    bench.contents.served.set(wanted.sha256, priceBook(() => 1n).gzip);
    const asked = bench.contents.asked;
    await bench.publishContent('PriceBookPublished', 5n, wanted);
    await until(() => bench.contents.asked > asked + 1);
    expect(bookVersion()).toBe(4n);
    bench.contents.serve(wanted);
    await until(() => bookVersion() === 5n);
  });

  it('comes out the same from the contents that are kept, with nobody to ask', async () => {
    bench.contents.down = true;
    const pool = createPool(bench.database.urlAs('provisioning'), { name: 'spec', max: 4 });
    const dump = async () => ({
      projection: await dumpProjection(pool, PUBLICATIONS_SCHEMA),
      entries: (
        await pool.query(
          `SELECT id, revision, value FROM provisioning.config_entry
           WHERE (id LIKE '%:%' OR id = 'pricebook') AND value IS NOT NULL ORDER BY id`,
        )
      ).rows as unknown[],
    });
    const before = await dump();
    expect(before.entries).toHaveLength(2 * MODELS + 3);

    // As after a loss of everything but the contents.
    await bench.stop();
    await bench.pool.query(`DELETE FROM provisioning.config_entry WHERE id LIKE '%:%' OR id = 'pricebook'`);
    await bench.pool.query('UPDATE provisioning.composed_content SET version = 0');
    const consumer = new PostgresBusConsumer(pool);
    await rebuildProjection({ projection: publicationsProjection, pool, schema: 'provisioning', consumer });
    await consumer.close();
    const asked = bench.contents.asked;
    await bench.start();
    await until(async () => {
      const { rows } = await pool.query('SELECT FROM provisioning.composed_content WHERE version = 0');
      return rows.length === 0;
    });
    expect(bench.contents.asked).toBe(asked);
    const after = await dump();
    await pool.end();
    expect(after.projection).toEqual(before.projection);
    expect(after.entries.map((row) => (row as { id: string }).id)).toEqual(
      before.entries.map((row) => (row as { id: string }).id),
    );
    expect(after.entries.map((row) => (row as { value: Buffer }).value)).toEqual(
      before.entries.map((row) => (row as { value: Buffer }).value),
    );
  });
});
