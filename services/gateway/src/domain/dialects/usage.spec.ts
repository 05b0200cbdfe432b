import fc from 'fast-check';
import { UNKNOWN_QUIRKS } from '../quirks';
import { anthropicUsageIn } from './anthropic/usage';
import { bedrockUsageIn } from './bedrock/usage';
import { openaiInputUsageIn, openaiUsageIn } from './openai/usage';

const QUIRKS = {
  ...UNKNOWN_QUIRKS,
  cachedInputPaths: ['prompt_cache_hit_tokens'],
  reasoningOutsideOutput: true,
};

const COUNTS = {
  openai: [
    ...['prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_n', 'cache_n', 'predicted_n'],
    ...['reasoning_tokens', 'prompt_cache_hit_tokens', 'citation_tokens'],
  ],
  anthropic: [...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens']],
  bedrock: ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens'],
};
const COUNT = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, 2 ** 50, 2 ** 50 + 1, 2 ** 53 - 1, 2 ** 53));
const usages = (names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, COUNT])), { requiredKeys: [] });

describe.each([
  ['openai', COUNTS.openai, (usage: object) => openaiUsageIn({ usage }, QUIRKS)],
  ['anthropic', COUNTS.anthropic, (usage: object) => anthropicUsageIn({ usage })],
  ['bedrock', COUNTS.bedrock, (usage: object) => bedrockUsageIn({ usage })],
] as const)('the usage of %s', (_dialect, names, usageIn) => {
  it('is of counts that can be kept, or none', () => {
    fc.assert(
      fc.property(usages(names), (usage) => {
        const told = Object.values(usageIn(usage) ?? {});
        expect(told.filter((count) => !Number.isSafeInteger(count) || Number(count) < 0)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is none where a count is larger than any', () => {
    const told = Object.fromEntries(names.map((name) => [name, 2 ** 50 + 1]));
    expect(usageIn(told)).toBeUndefined();
  });
});

describe('the usage of what only reads', () => {
  it.each([
    [{ prompt_tokens: 8, total_tokens: 8 }],
    [{ prompt_tokens: 8 }],
    // As Voyage tells it.
    [{ total_tokens: 8 }],
  ])('is its input: %j', (usage) => {
    expect(openaiInputUsageIn({ usage }, QUIRKS)).toMatchObject({ inputTokens: 8, outputTokens: 0 });
  });

  it('is none where none is told', () => {
    expect(openaiInputUsageIn({ usage: {} }, QUIRKS)).toBeUndefined();
    expect(openaiInputUsageIn([], QUIRKS)).toBeUndefined();
  });
});
