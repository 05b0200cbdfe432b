import { eventually, until } from '@gatehouse/kernel/testing';
import { typeV1 } from '@gatehouse/proto-gen';
import { errorOf } from './gateway-client';
import type { Product } from './product';
import { newTeam, type Team } from './team';
import { usdBudget } from './control-plane';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const MODEL = 'sim-small;first=0;interval=0;completion=1';

describe('what a model costs is decided per integration', () => {
  let product: Product;
  let team: Team;

  beforeAll(async () => {
    product = await sharedProduct();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(1_000_000_000n)] });
  }, START_MS);

  const cli = (...words: string[]) => product.cli('--json', ...words);
  const ask = (name = MODEL) =>
    team.gateway.chat({
      model: team.model(name),
      messages: [{ role: 'user', content: 'How much?' }],
      max_tokens: 1,
    });
  const recordsOf = async () =>
    (await product.control().records()).filter(({ integrationId }) => integrationId === team.integrationId);
  /** What one more call costs, in nano-USD. */
  const costOfNext = async (name?: string): Promise<bigint | undefined> => {
    const answer = await ask(name);
    expect(answer?.status).toBe(200);
    return eventually(async () => {
      const id = answer?.headers['x-gatehouse-request-id'];
      const made = (await recordsOf()).find(({ requestId }) => requestId === id);
      expect(made?.settledAt).toBeDefined();
      return made?.amountNanoUsd;
    });
  };
  /** A price is in force once the gateway has heard of it: calls until one costs so much. */
  const costsSoon = (cost: bigint, name?: string) =>
    until(async () => (await costOfNext(name)) === cost, `a call that costs ${cost}`);

  it(
    'an override counts from the next call on, and changes nothing that was charged',
    async () => {
      const before = await costOfNext();
      expect(before).toBeGreaterThan(0n);
      const charged = (await recordsOf()).map(({ requestId, amountNanoUsd }) => [requestId, amountNanoUsd]);
      const set = ['set', MODEL, '--input', '0', '--output', '7'];
      await cli('price-override', team.integrationId, ...set);
      await costsSoon(7_000n);
      const { models } = JSON.parse(await cli('price-override', team.integrationId)) as { models: object[] };
      expect(models).toEqual([
        expect.objectContaining({
          priceLayer: 'PRICE_LAYER_OVERRIDE',
          prices: { rates: { input: '0', output: '7000000000' } },
        }),
      ]);
      const still = new Map(
        (await recordsOf()).map(({ requestId, amountNanoUsd }) => [requestId, amountNanoUsd]),
      );
      for (const [requestId, amount] of charged) expect(still.get(String(requestId))).toBe(amount);
      await cli('price-override', team.integrationId, 'remove', MODEL);
      await costsSoon(before as bigint);
    },
    START_MS,
  );

  it(
    'a custom model is called at its own price, and is gone when it was removed',
    async () => {
      const name = 'sim-small;first=0;interval=0;completion=2';
      const sizes = ['--context', '1000', '--max-output', '100'];
      const set = await cli(
        'custom-model',
        team.integrationId,
        'set',
        name,
        ...sizes,
        '--input',
        '0',
        '--output',
        '3',
      );
      expect(JSON.parse(set)).toMatchObject({ integration: { customModels: expect.any(Array) } });
      await until(async () => (await ask(name))?.status === 200, 'the custom model');
      await costsSoon(3_000n, name);
      await cli('custom-model', team.integrationId, 'remove', name);
      await until(async () => (await ask(name))?.status !== 200, 'the model gone');
      expect(errorOf(await ask(name)).code).toBe('model_not_allowed');
    },
    START_MS,
  );

  it('a model without a price is refused where a budget in USD applies, and called where none does', async () => {
    const name = 'sim-small;first=0;interval=0';
    const unpriced = { name, contextWindow: 1_000n, maxOutputTokens: 100n };
    const answerUnder = async (limits: typeV1.Limit[]) => {
      const { gateway, model } = await newTeam(product, {
        models: [MODEL],
        pricedModels: [typeV1.Model.fromPartial(unpriced)],
        limits,
      });
      return gateway.chat({ model: model(name), messages: [{ role: 'user', content: 'How much?' }] });
    };
    expect(errorOf(await answerUnder([usdBudget(1_000_000_000n)])).code).toBe('model_unpriced');
    expect((await answerUnder([]))?.status).toBe(200);
  });

  it('a factor is shown, and refused where it is none', async () => {
    const multiplied = await cli('price-override', team.integrationId, 'multiply', '0.8');
    expect(JSON.parse(multiplied)).toMatchObject({ integration: { priceMultiplier: '8000' } });
    await expect(product.cli('price-override', team.integrationId, 'multiply', '0')).rejects.toThrow(
      /price_multiplier/,
    );
    await expect(product.cli('price-override', team.integrationId, 'multiply', 'cheap')).rejects.toThrow(
      /FACTOR_MALFORMED/,
    );
  });
});
