import { type Quirks, quirksOfModel, quirksOfVersion, UNKNOWN_QUIRKS } from './quirks';

const azure: Quirks = {
  ...UNKNOWN_QUIRKS,
  outputLimit: 'max_completion_tokens',
  outputLimitSynonyms: ['max_tokens', 'n_predict'],
  outputLimitBefore: { apiVersion: '2024-09-01', name: 'max_tokens' },
};

describe('the name of an output limit', () => {
  it.each([
    ['2024-06-01', 'max_tokens'],
    ['2024-08-01-preview', 'max_tokens'],
    ['2024-09-01-preview', 'max_completion_tokens'],
    ['2024-10-21', 'max_completion_tokens'],
    ['v1', 'max_completion_tokens'],
    ['preview', 'max_completion_tokens'],
    [undefined, 'max_completion_tokens'],
  ])('of version %s of an API is %s', (version, name) => {
    const { outputLimit, outputLimitSynonyms } = quirksOfVersion(azure, version);
    expect(outputLimit).toBe(name);
    expect([outputLimit, ...outputLimitSynonyms].sort()).toEqual([
      'max_completion_tokens',
      'max_tokens',
      'n_predict',
    ]);
  });

  it('is the same in every version where nobody says otherwise', () =>
    expect(quirksOfVersion(UNKNOWN_QUIRKS, '2023-05-15')).toBe(UNKNOWN_QUIRKS));
});

describe('a model that is served otherwise than its provider’s others', () => {
  it('is limited by its own name, beside which the provider’s is one of the others', () => {
    const { outputLimit, outputLimitSynonyms } = quirksOfModel(azure, { outputLimit: 'n_predict' });
    expect(outputLimit).toBe('n_predict');
    expect([...outputLimitSynonyms].sort()).toEqual(['max_completion_tokens', 'max_tokens']);
  });

  it('writes as fast as is said of it, slower than the provider’s fastest or faster', () => {
    for (const tokensPerSecondMax of [10, 9_000])
      expect(quirksOfModel({ ...azure, tokensPerSecondMax: 500 }, { tokensPerSecondMax })).toEqual({
        ...azure,
        tokensPerSecondMax,
      });
  });

  it('is as they are in all that is not said of it', () =>
    expect(quirksOfModel(azure, { outputLimit: 'max_completion_tokens' })).toBe(azure));
});
