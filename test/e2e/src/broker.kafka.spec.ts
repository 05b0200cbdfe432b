import { setTimeout as sleep } from 'node:timers/promises';
import { usdBudget } from './control-plane';
import { itKeptTheBooks } from './kept-books';
import { Load } from './load';
import { Product } from './product';
import { newTeam, type Team } from './team';

const START_MS = 120_000;
const TEST_MS = 240_000;
const BUDGET = 100_000_000_000n;
const MODEL = 'sim-small;first=100;interval=5;completion=20';
const SHORT_MS = 3_000;
const A_WHILE_MS = 3_000;
const A_MINUTE_MS = 60_000;

describe('a Kafka broker that goes away, under load', () => {
  let product: Product;
  let team: Team;
  let load: Load;

  beforeAll(async () => {
    product = await Product.start();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(BUDGET)] });
    load = Load.start(product, team, { clients: 2, admins: 1 });
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  it.each([
    ['for seconds', SHORT_MS],
    ['for a minute', A_MINUTE_MS],
  ])(
    'keeps nobody from working when it is killed and stays away %s',
    async (_, awayMs) => {
      const { broker } = product.engines;
      if (!broker) throw new Error('this product has no broker');
      await sleep(2_000);
      await broker.kill();
      const before = { answers: load.answers.length, changes: load.acknowledged.size };
      await sleep(awayMs);
      // Usage waits in the gateway's journal, events in the store.
      expect(load.answers.length).toBeGreaterThan(before.answers);
      expect(load.acknowledged.size).toBeGreaterThan(before.changes);
      await broker.restart();
      await sleep(2_000);
    },
    TEST_MS,
  );

  it(
    'was under load all the while, to the end',
    async () => {
      const before = { answers: load.answers.length, changes: load.acknowledged.size };
      await sleep(A_WHILE_MS);
      await load.stop();
      expect(load.answers.length).toBeGreaterThan(before.answers);
      expect(load.acknowledged.size).toBeGreaterThan(before.changes);
    },
    TEST_MS,
  );

  itKeptTheBooks(() => ({ name: 'broker away', product, team, load }));
});
