import { type NanoUsdPerMillion, nanoUsdPerMillion } from '@gatehouse/kernel';
import { type Prices, type RateUnit, tariffOf, type UsageKind } from '@gatehouse/offering';
import fc from 'fast-check';
import { boundAt, planFor } from './bound';
import { anthropicUsageIn } from './dialects/anthropic/usage';
import { bedrockUsageIn } from './dialects/bedrock/usage';
import { openaiUsageIn } from './dialects/openai/usage';
import type { Model } from './model';
import { UNKNOWN_QUIRKS } from './quirks';
import { chargeFor, limitChargeOf } from './settlement';
import { NO_USAGE, type Usage } from './usage';
import { kindsOf } from './usage-kinds';

const INPUT: ReadonlySet<UsageKind> = new Set<UsageKind>([
  ...(['input', 'cachedInput', 'cacheWrite', 'cacheWriteHour'] as const),
  ...(['audioInput', 'cachedAudioInput', 'imageInput', 'cachedImageInput'] as const),
]);

/** Each rate is another, so that no kind can be charged as another one unnoticed. */
const RATES: Readonly<Partial<Record<RateUnit, bigint>>> = {
  ...{ input: 1_000n, output: 4_000n, cachedInput: 100n, cacheWrite: 1_250n, cacheWriteHour: 2_000n },
  ...{ reasoning: 5_000n, audioInput: 9_000n, cachedAudioInput: 900n, audioOutput: 20_000n },
  ...{ imageInput: 3_000n, cachedImageInput: 300n, imageOutput: 30_000n, search: 10_000_000n },
};
const pricesOf = (rates: Readonly<Record<string, bigint>>): Prices => ({
  rates: Object.fromEntries(
    Object.entries(rates).map(([unit, nano]) => [unit, nanoUsdPerMillion(nano * 1_000_000n)]),
  ) as Record<string, NanoUsdPerMillion>,
  tiers: [],
});
const tariffFor = (prices: Prices) => tariffOf({ prices })!;
const unbounded = { inputTokens: 0, outputTokens: 0 };
const chargedAs = (usage: Usage, prices = pricesOf(RATES)) =>
  chargeFor({ kind: 'counted', usage }, unbounded, tariffFor(prices));

describe('kinds of usage', () => {
  const count = fc.nat({ max: 1_000 });
  const usage = fc.record<Usage>({
    ...{ inputTokens: count, outputTokens: count, cachedInputTokens: count },
    ...{ cacheWriteTokens: count, cacheWriteHourTokens: count, reasoningTokens: count },
    ...{ audioInputTokens: count, cachedAudioInputTokens: count, audioOutputTokens: count },
    ...{ imageInputTokens: count, cachedImageInputTokens: count, imageOutputTokens: count, searches: count },
  });

  it('are disjoint, and come to the whole, whatever parts a provider tells', () =>
    fc.assert(
      fc.property(usage, (told) => {
        const kinds = kindsOf(told);
        const tokens = kinds.filter(([kind]) => kind !== 'search');
        const sum = (of: typeof kinds) => of.reduce((all, [, quantity]) => all + quantity, 0);
        expect(new Set(kinds.map(([kind]) => kind)).size).toBe(kinds.length);
        expect(kinds.every(([, quantity]) => quantity > 0)).toBe(true);
        expect(sum(tokens.filter(([kind]) => INPUT.has(kind)))).toBe(told.inputTokens);
        expect(sum(tokens.filter(([kind]) => !INPUT.has(kind)))).toBe(told.outputTokens);
      }),
    ));

  it('are audio and images still, where more of them is said to have been cached than all that was', () => {
    const media = { audioInputTokens: 100, cachedAudioInputTokens: 100, imageInputTokens: 50 };
    const told = { ...NO_USAGE, ...media, inputTokens: 200, cachedImageInputTokens: 50 };
    expect(kindsOf(told)).toEqual([
      ['input', 50],
      ['audioInput', 100],
      ['imageInput', 50],
    ]);
    expect(kindsOf({ ...told, cachedInputTokens: 120 })).toEqual([
      ['input', 50],
      ['cachedAudioInput', 100],
      ['cachedImageInput', 20],
      ['imageInput', 30],
    ]);
  });

  it('at their rates come to the amount', () =>
    fc.assert(
      fc.property(usage, (told) => {
        const { kinds, amount } = chargedAs(told);
        const exact = kinds.reduce((sum, { quantity, rate }) => sum + BigInt(quantity) * (rate ?? 0n), 0n);
        expect(amount).toBe((exact + 999_999n) / 1_000_000n);
      }),
    ));

  it.each<[string, Usage | undefined, Partial<Record<UsageKind, number>>]>([
    [
      'Anthropic’s caches, by how long, and its searches',
      anthropicUsageIn({
        usage: {
          ...{ input_tokens: 3, output_tokens: 7, cache_read_input_tokens: 11 },
          ...{ cache_creation_input_tokens: 30, server_tool_use: { web_search_requests: 2 } },
          cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
        },
      }),
      { input: 3, cachedInput: 11, cacheWrite: 10, cacheWriteHour: 20, output: 7, search: 2 },
    ],
    [
      'Anthropic’s thoughts',
      anthropicUsageIn({
        usage: { input_tokens: 3, output_tokens: 7, output_tokens_details: { thinking_tokens: 5 } },
      }),
      { input: 3, output: 2, reasoning: 5 },
    ],
    [
      'OpenAI’s audio, images and reasoning',
      openaiUsageIn(
        {
          usage: {
            ...{ prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
            prompt_tokens_details: {
              ...{ cached_tokens: 20, audio_tokens: 30, image_tokens: 10 },
              cached_tokens_details: { audio_tokens: 5 },
            },
            completion_tokens_details: { reasoning_tokens: 15, audio_tokens: 25 },
          },
        },
        UNKNOWN_QUIRKS,
      ),
      {
        ...{ input: 45, cachedInput: 15, cachedAudioInput: 5, audioInput: 25, imageInput: 10 },
        ...{ output: 10, reasoning: 15, audioOutput: 25 },
      },
    ],
    [
      'Bedrock’s caches, by how long',
      bedrockUsageIn({
        usage: {
          ...{ inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheWriteInputTokens: 9 },
          cacheDetails: [
            { ttl: '5m', inputTokens: 4 },
            { ttl: '1h', inputTokens: 5 },
          ],
        },
      }),
      { input: 1, output: 2, cachedInput: 3, cacheWrite: 4, cacheWriteHour: 5 },
    ],
    [
      'what a provider does not tell apart, in what it is part of',
      openaiUsageIn({ usage: { prompt_tokens: 10, completion_tokens: 5 } }, UNKNOWN_QUIRKS),
      { input: 10, output: 5 },
    ],
  ])('are read: %s', (_what, told, kinds) => {
    expect(Object.fromEntries(kindsOf(told!))).toEqual(kinds);
    const amount = Object.entries(kinds).reduce(
      (sum, [kind, quantity]) => sum + BigInt(quantity) * RATES[kind as UsageKind]!,
      0n,
    );
    expect(chargedAs(told!).amount).toBe(amount);
  });

  it('cost as what they are part of, where they have no rate of their own', () => {
    const told = { ...NO_USAGE, inputTokens: 10, outputTokens: 10, reasoningTokens: 4, audioInputTokens: 6 };
    expect(chargedAs(told, pricesOf({ input: 1n, output: 2n })).amount).toBe(30n);
  });

  it('have a search without a price among them, unpriced, and not for nothing', () => {
    const { kinds } = chargedAs({ ...NO_USAGE, searches: 1 }, pricesOf({ input: 1n, output: 2n }));
    expect(kinds).toEqual([{ kind: 'search', quantity: 1 }]);
  });

  it.each([
    ['the bound', 10, 20n, 900n],
    ['what is known of it, where that is more', 1_000, 1_010n, 1_010n],
  ])(
    'cost what nobody knows where a search without a price is among them, and limits are charged %s',
    (_what, inputTokens, known, held) => {
      const usage = { ...NO_USAGE, inputTokens, outputTokens: 5, searches: 1 };
      const bound = { inputTokens: 100, outputTokens: 100, nanoUsd: 900n as never };
      const tariff = tariffFor(pricesOf({ input: 1n, output: 2n }));
      const charge = chargeFor({ kind: 'counted', usage }, bound, tariff);
      expect(charge.amount).toBeUndefined();
      expect(limitChargeOf(charge)).toMatchObject({ sum: { nanoUsd: held }, kept: { nanoUsd: held } });
      expect(chargeFor({ kind: 'counted', usage: { ...usage, searches: 0 } }, bound, tariff).amount).toBe(
        known,
      );
    },
  );

  it('have the call itself among them, where calls cost something, and nothing where nothing was used', () => {
    const prices = pricesOf({ input: 1n, output: 2n, request: 12_000n });
    expect(chargedAs({ ...NO_USAGE, inputTokens: 3 }, prices).amount).toBe(12_003n);
    expect(chargeFor({ kind: 'free' }, unbounded, tariffFor(prices)).amount).toBe(0n);
  });
});

describe('the bound of what is charged by kind', () => {
  const model = (prices: Prices): Model => ({ name: 'm', known: true, prices, contextWindow: 4_000 });
  const planOf = (prices: Prices, opaque: boolean, standardTier = false) =>
    planFor(
      {
        ...{ billed: true, standardTier },
        prompt: {
          ...{
            bytes: 500,
            growth: 0,
            messages: 1,
            prompts: 1,
            images: [],
            opaque,
            keepsHour: false,
            usesTools: false,
          },
        },
        output: { choices: 1, limits: new Map(), multipliers: new Set(), predictionBytes: 0 },
      },
      model(prices),
      { name: 'max_tokens', tokens: 500, removed: [] },
      { outputDefault: 500, outputFloor: 16 },
    );
  const rate = fc.bigInt({ min: 0n, max: 100n });
  const part = fc.nat({ max: 600 });

  it('is never less than the bill, whatever the kinds and their rates are', () =>
    fc.assert(
      fc.property(
        fc.record(
          {
            ...{ input: rate, output: rate, cachedInput: rate, cacheWrite: rate, reasoning: rate },
            ...{ audioInput: rate, imageInput: rate, audioOutput: rate, imageOutput: rate, request: rate },
          },
          { requiredKeys: ['input', 'output'] },
        ),
        fc.record({ cachedInputTokens: part, audioInputTokens: part, imageInputTokens: part }),
        fc.record({ reasoningTokens: part, audioOutputTokens: part, imageOutputTokens: part }),
        (rates, inputParts, outputParts) => {
          const prices = pricesOf(rates as Record<string, bigint>);
          const bound = boundAt(planOf(prices, true), 500);
          const usage = { ...NO_USAGE, inputTokens: 580, outputTokens: 500, ...inputParts, ...outputParts };
          const { amount } = chargeFor({ kind: 'counted', usage }, bound, tariffFor(prices));
          expect(bound.nanoUsd).toBeGreaterThanOrEqual(amount ?? 0n);
        },
      ),
    ));

  it('of text alone knows nothing of what audio costs', () => {
    const prices = pricesOf({ input: 1n, output: 1n, audioInput: 50n });
    expect(planOf(prices, false).rates?.input).toBe(1_000_000n);
    expect(planOf(prices, true).rates?.input).toBe(50_000_000n);
  });
});

describe('service tiers', () => {
  const tier = (input: bigint, output: bigint) => pricesOf({ input, output });
  const prices: Prices = {
    ...pricesOf({ input: 1n, output: 2n, cachedInput: 1n }),
    serviceTiers: new Map([
      ['priority', tier(3n, 6n)],
      ['flex', { ...pricesOf({ output: 1n }) }],
    ]),
  };
  const bound = { inputTokens: 100, outputTokens: 100, nanoUsd: 900n as never };
  const usage = { ...NO_USAGE, inputTokens: 10, outputTokens: 5 };
  const charge = (serviceTier?: string) =>
    chargeFor(
      { kind: 'counted', usage: { ...usage, ...(serviceTier !== undefined && { serviceTier }) } },
      bound,
      tariffFor(prices),
    );

  it.each([
    [undefined, 20n],
    ['default', 20n],
    ['standard', 20n],
    ['priority', 60n],
    // What a tier does not say costs what it costs without.
    ['flex', 15n],
    // Without a price of its own, but never dearer.
    ['batch', 20n],
  ])('%s is charged at its own price', (name, amount) => expect(charge(name).amount).toBe(amount));

  it.each(['scale', 'of_the_future'])(
    '%s, whose price nobody knows, is unpriced, and its limits are charged the bound',
    (name) => {
      const unpriced = charge(name);
      expect(unpriced).toMatchObject({ doubt: 900n, estimated: false, tokens: 15n });
      expect(unpriced.amount).toBeUndefined();
      expect(unpriced.rates).toBeUndefined();
      expect(limitChargeOf(unpriced)).toMatchObject({
        sum: { nanoUsd: 900n, tokens: 15n },
        doubt: { nanoUsd: 0n, tokens: 0n },
        kept: { nanoUsd: 900n },
      });
    },
  );

  it.each<[string, unknown, Usage | undefined]>([
    [
      'OpenAI',
      'Priority',
      openaiUsageIn(
        { service_tier: 'Priority', usage: { prompt_tokens: 1, completion_tokens: 1 } },
        UNKNOWN_QUIRKS,
      ),
    ],
    [
      'Anthropic',
      'priority',
      anthropicUsageIn({ usage: { input_tokens: 1, output_tokens: 1, service_tier: 'priority' } }),
    ],
    [
      'Bedrock',
      'priority',
      bedrockUsageIn({ serviceTier: { type: 'priority' }, usage: { inputTokens: 1, outputTokens: 1 } }),
    ],
  ])('are read of %s’s answers', (_whose, _said, told) => expect(told?.serviceTier).toBe('priority'));

  it.each([['\0'], ['priority\0'], ['ｐriority'], ['\ud800'], ['default'.padEnd(40)]])(
    'are of none that is known where their name, %j, cannot be kept',
    (service_tier) => {
      const told = openaiUsageIn(
        { service_tier, usage: { prompt_tokens: 1, completion_tokens: 1 } },
        UNKNOWN_QUIRKS,
      )?.serviceTier;
      expect(told).toMatch(/^[ -~]{1,32}$/);
      expect(charge(told).amount).toBeUndefined();
    },
  );

  it('are held at the dearest that may serve', () => {
    const demand = (standardTier: boolean) => ({
      ...{ billed: true, standardTier },
      prompt: {
        bytes: 1,
        growth: 0,
        messages: 1,
        prompts: 1,
        images: [],
        opaque: false,
        keepsHour: false,
        usesTools: false,
      },
    });
    const model = { name: 'm', known: true, prices };
    expect(
      planFor(demand(false), model, undefined, { outputDefault: 1, outputFloor: 1 }).rates,
    ).toMatchObject({
      input: 3_000_000n,
      output: 6_000_000n,
    });
    expect(planFor(demand(true), model, undefined, { outputDefault: 1, outputFloor: 1 }).rates).toMatchObject(
      {
        input: 1_000_000n,
        output: 2_000_000n,
      },
    );
  });
});
