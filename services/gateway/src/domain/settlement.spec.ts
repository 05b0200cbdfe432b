import * as fc from 'fast-check';
import { type NanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import { type KindRates, type Tariff, tariffRates } from '@gatehouse/offering';
import { dearestRates } from './cost';
import { chargeFor, limitChargeOf } from './settlement';
import { openaiUsageIn } from './dialects/openai/usage';
import { type Quirks, UNKNOWN_QUIRKS } from './quirks';
import { NO_USAGE } from './usage';

const usageOf = (usage: unknown) => openaiUsageIn({ usage }, UNKNOWN_QUIRKS);

const rates: KindRates = {
  input: nanoUsdPerMillion(500_000_000n),
  output: nanoUsdPerMillion(2_000_000_000n),
  cachedInput: nanoUsdPerMillion(50_000_000n),
  cacheWrite: nanoUsdPerMillion(625_000_000n),
  cacheWriteHour: nanoUsdPerMillion(1_000_000_000n),
};
const tariff: Tariff = { base: rates, tiers: [] };
const bound = {
  inputTokens: 100,
  outputTokens: 50,
  nanoUsd: 162_500n as NanoUsd,
  rates: { input: rates.cacheWrite, output: rates.output },
};

describe('chargeFor', () => {
  it('charges each kind of token once, at its own price, rounded up once', () => {
    const usage = usageOf({
      prompt_tokens: 10,
      completion_tokens: 4,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 1 },
    });
    const charge = chargeFor({ kind: 'counted', usage: usage! }, bound, tariff);
    expect(charge).toMatchObject({
      amount: 5n * 500n + 3n * 50n + 2n * 625n + 4n * 2_000n,
      doubt: 0n,
      tokens: 14n,
    });
  });

  it('charges the truth above the bound', () => {
    const usage = usageOf({ prompt_tokens: 1_000, completion_tokens: 500 });
    expect(chargeFor({ kind: 'counted', usage: usage! }, bound, tariff).amount).toBe(1_500_000n);
  });

  it('estimates between something and the bound; amount and doubt make the bound', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000 }), (outputTokens) => {
        const charge = chargeFor({ kind: 'estimated', outputTokens }, bound, tariff);
        expect(charge.amount).toBeGreaterThan(0n);
        expect((charge.amount ?? 0n) + charge.doubt).toBe(bound.nanoUsd);
        expect(charge.tokens + charge.tokensInDoubt).toBe(150n);
        expect(charge.estimated).toBe(true);
      }),
    );
  });

  it('charges nothing for what was never generated', () => {
    expect(chargeFor({ kind: 'free' }, bound, tariff)).toMatchObject({
      amount: 0n,
      doubt: 0n,
      estimated: false,
    });
    expect(chargeFor({ kind: 'freeInDoubt' }, bound, tariff)).toMatchObject({
      amount: 0n,
      doubt: bound.nanoUsd,
    });
  });

  it('leaves the cost of an unpriced model unknown, never 0', () => {
    const unpriced = { inputTokens: 100, outputTokens: 50 };
    const usage = usageOf({ prompt_tokens: 1, completion_tokens: 1 });
    expect(chargeFor({ kind: 'counted', usage: usage! }, unpriced, undefined).amount).toBeUndefined();
  });
});

describe('limitChargeOf', () => {
  it('has the doubt beside the sum, and counts a request whatever became of it', () => {
    const charge = chargeFor({ kind: 'estimated', outputTokens: 10 }, bound, tariff);
    expect(limitChargeOf(charge)).toEqual({
      sum: { nanoUsd: charge.amount, tokens: charge.tokens, requests: 1n },
      doubt: { nanoUsd: bound.nanoUsd - (charge.amount ?? 0n), tokens: charge.tokensInDoubt, requests: 0n },
      kept: { nanoUsd: 0n, tokens: 0n, requests: 0n },
    });
  });
});

describe('usageOf', () => {
  it.each([
    ['missing', undefined],
    ['null', null],
    ['half of it', { prompt_tokens: 1 }],
    ['negative', { prompt_tokens: -1, completion_tokens: 1 }],
    ['a fraction', { prompt_tokens: 1.5, completion_tokens: 1 }],
    ['words', { prompt_tokens: 'one', completion_tokens: 1 }],
  ])('is unknown when it is %s', (_what, usage) => expect(usageOf(usage)).toBeUndefined());

  it('takes an explicit 0 for a count', () => {
    expect(usageOf({ prompt_tokens: 0, completion_tokens: 0 })).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  it('counts reasoning that is only in the total', () => {
    const usage = { prompt_tokens: 12, completion_tokens: 1, total_tokens: 303 };
    expect(usageOf(usage)?.outputTokens).toBe(291);
  });

  it.each<[string, unknown, Partial<Quirks>, object]>([
    [
      'beside the choices',
      { choices: [{ usage: { prompt_tokens: 2, completion_tokens: 3 } }] },
      { usagePaths: ['usage', 'choices.0.usage'] },
      { inputTokens: 2, outputTokens: 3 },
    ],
    [
      'in a vendor’s own place',
      { x_groq: { usage: { prompt_tokens: 2, completion_tokens: 3 } } },
      { usagePaths: ['usage', 'x_groq.usage'] },
      { inputTokens: 2, outputTokens: 3 },
    ],
    [
      'in the timings, cached input beside the rest',
      { timings: { prompt_n: 4, cache_n: 6, predicted_n: 5 } },
      { usagePaths: ['usage', 'timings'] },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 6 },
    ],
    [
      'as text',
      { usage: { prompt_tokens: '10', completion_tokens: '5' } },
      {},
      { inputTokens: 10, outputTokens: 5 },
    ],
    [
      'by other names',
      { usage: { input_tokens: 10, output_tokens: 5 } },
      {},
      { inputTokens: 10, outputTokens: 5 },
    ],
    [
      'with a hit of the cache',
      { usage: { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 7 } },
      { cachedInputPaths: ['prompt_cache_hit_tokens'] },
      { cachedInputTokens: 7 },
    ],
    [
      'with reasoning on top',
      {
        usage: {
          prompt_tokens: 12,
          completion_tokens: 1,
          completion_tokens_details: { reasoning_tokens: 290 },
        },
      },
      { reasoningOutsideOutput: true },
      { outputTokens: 291, reasoningTokens: 290 },
    ],
    [
      'with reasoning on top and in the total',
      {
        usage: {
          prompt_tokens: 12,
          completion_tokens: 1,
          total_tokens: 303,
          completion_tokens_details: { reasoning_tokens: 290 },
        },
      },
      { reasoningOutsideOutput: true },
      { outputTokens: 291 },
    ],
    [
      'with reasoning on top, which is not in the total either',
      {
        usage: { prompt_tokens: 33, completion_tokens: 7_163, total_tokens: 7_196, reasoning_tokens: 997 },
      },
      { reasoningOutsideOutput: true },
      { inputTokens: 33, outputTokens: 8_160, reasoningTokens: 997 },
    ],
    [
      'with more reasoning than output, which cannot be in it',
      {
        usage: { prompt_tokens: 33, completion_tokens: 7_163, total_tokens: 7_196, reasoning_tokens: 73_997 },
      },
      {},
      { inputTokens: 33, outputTokens: 81_160, reasoningTokens: 73_997 },
    ],
    [
      'with what was read for the answer beside the prompt',
      {
        usage: {
          ...{ prompt_tokens: 33, completion_tokens: 7_163, total_tokens: 7_196 },
          ...{ citation_tokens: 20_016, num_search_queries: 18, reasoning_tokens: 997 },
        },
      },
      { reasoningOutsideOutput: true },
      { inputTokens: 20_049, outputTokens: 8_160, reasoningTokens: 997, searches: 18 },
    ],
    [
      'with that in the total, where it is no output',
      { usage: { prompt_tokens: 33, completion_tokens: 10, total_tokens: 63, citation_tokens: 20 } },
      {},
      { inputTokens: 53, outputTokens: 10 },
    ],
    [
      'with more of the cache than input, which cannot be in it',
      {
        usage: {
          ...{ prompt_tokens: 100, completion_tokens: 10 },
          prompt_tokens_details: { cached_tokens: 900 },
        },
      },
      {},
      { inputTokens: 1_000, cachedInputTokens: 900, outputTokens: 10 },
    ],
    [
      'with reasoning inside',
      {
        usage: {
          prompt_tokens: 12,
          completion_tokens: 300,
          completion_tokens_details: { reasoning_tokens: 290 },
        },
      },
      {},
      { outputTokens: 300 },
    ],
  ])('is read %s', (_where, answer, quirks, usage) =>
    expect(openaiUsageIn(answer, { ...UNKNOWN_QUIRKS, ...quirks })).toMatchObject(usage),
  );

  it('never lets parts exceed the whole', () => {
    const prompt_tokens_details = { cached_tokens: 8, cache_write_tokens: 8 };
    const usage = usageOf({ prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details });
    expect(usage).toMatchObject({ cachedInputTokens: 8, cacheWriteTokens: 2 });
  });
});

describe('tiers', () => {
  const times = (factor: bigint): KindRates => ({
    input: nanoUsdPerMillion(rates.input * factor),
    output: nanoUsdPerMillion(rates.output * factor),
    cachedInput: nanoUsdPerMillion(rates.cachedInput * factor),
    cacheWrite: nanoUsdPerMillion(rates.cacheWrite * factor),
    cacheWriteHour: nanoUsdPerMillion(rates.cacheWriteHour * factor),
  });
  const tiered: Tariff = {
    base: rates,
    tiers: [
      { inputTokensAbove: 200n, rates: times(3n) },
      // Larger is not always dearer.
      { inputTokensAbove: 500n, rates: times(2n) },
    ],
  };

  it.each([
    [200, 1n],
    [201, 3n],
    [500, 3n],
    [501, 2n],
  ])('charge the whole of a request with %d input tokens at its tier', (inputTokens, factor) => {
    const usage = { ...NO_USAGE, inputTokens, outputTokens: 10 };
    const { amount } = chargeFor({ kind: 'counted', usage }, bound, tiered);
    expect(amount).toBe(factor * (BigInt(inputTokens) * 500n + 10n * 2_000n));
  });

  it('are bounded by the dearest that can be reached: no request within it costs more', () => {
    fc.assert(
      fc.property(fc.nat({ max: 800 }), fc.nat({ max: 800 }), fc.boolean(), (one, other, keepsHour) => {
        const [inputTokens, max] = [Math.min(one, other), Math.max(one, other)];
        const [of, dearest] = [
          tariffRates(tiered, inputTokens),
          dearestRates(tiered, max, { keepsHour, opaque: false }),
        ];
        expect(dearest.output).toBeGreaterThanOrEqual(of.output);
        for (const unit of ['input', 'cachedInput', 'cacheWrite'] as const)
          expect(dearest.input).toBeGreaterThanOrEqual(of[unit]);
        if (keepsHour) expect(dearest.input).toBeGreaterThanOrEqual(of.cacheWriteHour);
      }),
    );
  });

  it('that cannot be reached raise no bound', () =>
    expect(dearestRates(tiered, 200, { keepsHour: false, opaque: false })).toEqual({
      input: rates.cacheWrite,
      output: rates.output,
    }));
});
