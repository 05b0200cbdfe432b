import { until } from '@gatehouse/kernel/testing';
import { type provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, GatewayFixture, PROVISION, SMALL_LIMITS } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const image = [
  { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a.example/a.png' } }] },
];

describe('models, as an admin decided on them', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;
  let slug = 'acme';
  let changes = 0;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    control.ledger.limits.length = 0;
    provider.calls.length = 0;
    provider.script = plainAnswer();
    bus.records.length = 0;
  });

  /** Tells the gateway, and waits until it has heard: the slug of each configuration is another one. */
  const decide = async (
    decisions: object | undefined,
    provision: Partial<provisioningV1.ProvisionConfig> = { allModels: true, modelNames: [] },
    models: typeV1.Model[] = [],
  ): Promise<void> => {
    slug = `acme-${++changes}`;
    gateway.setProvision(provision);
    gateway.setIntegration({
      slug,
      models,
      modelDecisions: decisions && typeV1.ModelDecisions.fromJSON(decisions),
    });
    await until(async () => (await gateway.chat({ model: `@${slug}/x`, messages: [] })).status !== 404);
  };
  const call = (model: string, more: object = {}) =>
    gateway.chat({ model: `@${slug}/${model}`, messages, ...more });
  const codeOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { error?: { code: string } }).error?.code ?? String(response.status);
  const listed = async (): Promise<string[]> => {
    const headers = { 'x-gatehouse-api-key': API_KEY };
    const { data } = (await (await fetch(`${gateway.url}/v1/models`, { headers })).json()) as {
      data: { id: string }[];
    };
    return data.map(({ id }) => id.slice(id.indexOf('/') + 1));
  };
  const costOf = async (response: Response): Promise<bigint | undefined> => {
    const id = response.headers.get('x-gatehouse-request-id');
    const find = () => bus.records.find(({ requestId }) => requestId === id);
    await until(() => find() !== undefined);
    return find()?.amountNanoUsd;
  };

  it('are those that the catalog listed when all were selected', async () => {
    await decide({ access: { selectedAt: 1n } });
    expect(await listed()).toEqual(['free', 'secret', 'small']);
    expect((await call('small')).status).toBe(200);
    expect(await codeOf(await call('nobody-knows'))).toBe('model_not_allowed');
  });

  it('are not those that were revoked, whatever the provision says', async () => {
    await decide({ access: { selectedAt: 1n, autoEnable: true, revoked: ['small'] } });
    expect(await listed()).toEqual(['free', 'secret']);
    expect(await codeOf(await call('small'))).toBe('model_not_allowed');
    expect(await codeOf(await gateway.chat({ model: 'small', messages }))).toBe('model_not_allowed');
    await decide(
      { access: { selectedAt: 1n, revoked: ['small'] } },
      { allModels: false, modelNames: ['small'] },
    );
    expect(await codeOf(await call('small'))).toBe('model_not_allowed');
    expect(provider.calls).toEqual([]);
  });

  it('are none where nothing is selected, and those that are named', async () => {
    await decide({});
    expect(await listed()).toEqual([]);
    expect(await codeOf(await call('small'))).toBe('model_not_allowed');
    await decide({ access: { allowed: ['small', 'later'] } });
    expect(await listed()).toEqual(['later', 'small']);
    expect((await call('later')).status).toBe(200);
  });

  it('are what was named, where a configuration from before decisions says no more', async () => {
    const frozen = { name: 'frozen', ...SMALL_LIMITS };
    const prices = { inputNanoUsdPerMillion: 1_000_000_000n, outputNanoUsdPerMillion: 0n };
    await decide(undefined, undefined, [{ ...frozen, ...prices }]);
    expect(await listed()).toEqual(['frozen']);
    expect(await costOf(await call('frozen'))).toBe(10_000n);
    expect(await codeOf(await call('small'))).toBe('model_not_allowed');
  });

  it('are those that the provider has and costs what the book says, as both change', async () => {
    await decide({ access: { selectedAt: 1n } });
    const prices = typeV1.Prices.fromPartial({ rates: { input: 0n, output: 1_000_000_000n } });
    gateway.setModel('a/new:model', SMALL_LIMITS, prices);
    await until(async () => (await listed()).includes('a/new:model'));
    expect(await costOf(await call('a/new:model'))).toBe(5_000n);
    gateway.setModel('a/new:model');
    await until(async () => (await codeOf(await call('a/new:model'))) === 'model_not_allowed');
  });

  describe('that nobody knows, auto-enabled', () => {
    beforeEach(() => decide({ access: { autoEnable: true } }));

    it('are called, with no more than text', async () => {
      expect((await call('nobody-knows')).status).toBe(200);
      expect(provider.calls[0]?.json).toMatchObject({
        model: 'nobody-knows',
        max_tokens: expect.any(Number),
      });
      expect(await codeOf(await call('nobody-knows', { messages: image }))).toBe('model_unbounded');
      expect((await call('small', { messages: image })).status).toBe(200);
      expect(provider.calls).toHaveLength(2);
    });

    it('are unpriced, so that no budget in USD takes them', async () => {
      expect(await costOf(await call('nobody-knows'))).toBeUndefined();
      control.ledger.budget(PROVISION, 1_000_000_000n);
      gateway.setProvision({ allModels: true, modelNames: [], limited: true });
      await until(async () => (await codeOf(await call('nobody-knows'))) === 'model_unpriced');
    });

    it('are listed where the provision names them', async () => {
      await decide(
        { access: { autoEnable: true } },
        { allModels: false, modelNames: ['nobody-knows', 'small'] },
      );
      expect(await listed()).toEqual(['nobody-knows', 'small']);
    });
  });

  it('that are custom have what their base model has', async () => {
    await decide({
      customModels: [
        { name: 'hosted', baseModel: 'small' },
        { name: 'tuned', baseModel: 'small', fineTuned: true },
        {
          name: 'own',
          maxOutputTokens: 10n,
          contextWindow: 100n,
          prices: { rates: { input: 0n, output: 0n } },
        },
      ],
    });
    expect(await listed()).toEqual(['hosted', 'own', 'tuned']);
    expect(await costOf(await call('hosted'))).toBe(15_000n);
    expect(await costOf(await call('tuned'))).toBeUndefined();
    expect(await costOf(await call('own'))).toBe(0n);
    expect(await codeOf(await call('own', { max_tokens: 11 }))).toBe('invalid_request');
  });

  it('that are served otherwise than their provider’s others are limited by their own name, and held with their template', async () => {
    const serving = { templateTokens: '5000', outputLimit: 'n_predict' };
    await decide({
      access: { selectedAt: 1n },
      customModels: [{ name: 'hosted', baseModel: 'small', serving }],
    });
    await call('hosted', { max_tokens: 7 });
    expect(provider.calls.at(-1)?.json).toEqual({ model: 'hosted', messages, n_predict: 7 });
    // The template alone comes to more.
    control.ledger.budget(PROVISION, 2_400_000n);
    expect(await codeOf(await call('hosted'))).toBe('request_exceeds_limit');
    expect((await call('small')).status).toBe(200);
  });

  it('cost what is decided, from the next call on, and what was charged stays', async () => {
    await decide({ access: { selectedAt: 1n } });
    const before = await call('small');
    expect(await costOf(before)).toBe(15_000n);
    await decide({ access: { selectedAt: 1n }, priceMultiplier: 8_000n });
    expect(await costOf(await call('small'))).toBe(12_000n);
    await decide({
      access: { selectedAt: 1n },
      priceMultiplier: 8_000n,
      priceOverrides: [{ model: 'small', prices: { rates: { input: 1_000_000_000n, output: 0n } } }],
    });
    expect(await costOf(await call('small'))).toBe(10_000n);
    expect(await costOf(before)).toBe(15_000n);
  });
});
