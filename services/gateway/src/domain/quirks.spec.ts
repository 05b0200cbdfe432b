import { type Quirks, quirksOfVersion, UNKNOWN_QUIRKS } from './quirks';

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
