import { nanoUsdPerMillion } from '@gatehouse/kernel';
import type { CustomModel } from '@gatehouse/offering';
import { customModelFaults, customModelsFaults } from './model';

const small: CustomModel = { name: 'small', fineTuned: false, maxOutputTokens: 10n, contextWindow: 20n };
const descriptions = (models: readonly CustomModel[]) =>
  customModelsFaults(models).map(({ field, description }) => `${field} ${description}`);

describe('custom models', () => {
  test('may be unpriced, free, or as large as their context', () => {
    const prices = { rates: { input: nanoUsdPerMillion(0n) }, tiers: [] };
    expect(customModelsFaults([small, { ...small, name: 'free', prices, maxOutputTokens: 20n }])).toEqual([]);
  });

  test('are refused for every fault at once', () => {
    expect(
      descriptions([
        small,
        { ...small, maxOutputTokens: 0n, contextWindow: 0n },
        { ...small, name: '', maxOutputTokens: 21n },
        { ...small, name: 'a\nb', maxOutputTokens: -1n, contextWindow: 1_000_000_001n },
        { ...small, name: 'x'.repeat(257) },
      ]),
    ).toEqual([
      'custom_models[1].name names another model of the list',
      'custom_models[1].max_output_tokens must be 1 to 1000000000',
      'custom_models[1].context_window must be 1 to 1000000000',
      'custom_models[2].name must have 1 to 256 characters',
      'custom_models[2].context_window must be at least max_output_tokens',
      'custom_models[3].name must not contain control or bidirectional characters',
      'custom_models[3].max_output_tokens must be 1 to 1000000000',
      'custom_models[3].context_window must be 1 to 1000000000',
      'custom_models[4].name must have 1 to 256 characters',
    ]);
  });

  test('are at most 200', () => {
    const many = Array.from({ length: 201 }, (_, index) => ({ ...small, name: String(index) }));
    expect(descriptions(many.slice(1))).toEqual([]);
    expect(descriptions(many)).toEqual(['custom_models must have at most 200 models']);
  });

  test('with a base model may leave out what it has', () => {
    const tuned = { name: 'tuned', fineTuned: true, baseModel: 'small' };
    expect(customModelFaults(tuned, 'model')).toEqual([]);
    expect(customModelFaults({ ...tuned, contextWindow: 0n, baseModel: '' }, 'model')).toEqual([
      { field: 'model.base_model', description: 'must have 1 to 256 characters' },
      { field: 'model.context_window', description: 'must be 1 to 1000000000' },
    ]);
  });

  test('say within reason how they are served, and limit their output by a name that is known', () => {
    const serving = { templateTokens: 1_000_000n, outputLimit: 'n_predict', tokensPerSecondMax: 1_000_000 };
    expect(customModelFaults({ ...small, serving }, 'model')).toEqual([]);
    const beyond = { templateTokens: -1n, outputLimit: 'max_words', tokensPerSecondMax: 1_000_001 };
    expect(customModelFaults({ ...small, serving: beyond }, 'model')).toEqual([
      { field: 'model.serving.template_tokens', description: 'must be 1 to 1000000, or 0 for none' },
      {
        field: 'model.serving.output_limit',
        description: expect.stringMatching(/^must be one of max_tokens, .*, num_predict, or empty$/),
      },
      {
        field: 'model.serving.tokens_per_second_max',
        description: 'must be 1 to 1000000, or 0 for what its provider is known for',
      },
    ]);
  });

  test('without one say how much fits, and are not fine-tuned', () => {
    expect(customModelFaults({ name: 'tuned', fineTuned: true }, 'model')).toEqual([
      { field: 'model.base_model', description: 'is required for what is fine-tuned' },
      { field: 'model.max_output_tokens', description: 'must be 1 to 1000000000' },
      { field: 'model.context_window', description: 'must be 1 to 1000000000' },
    ]);
  });
});
