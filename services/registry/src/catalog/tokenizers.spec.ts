import { tokenizerOf } from './tokenizers';

describe('the encoding of a model', () => {
  it.each([
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['gpt-4.1', 'o200k_base'],
    ['gpt-5.4-mini', 'o200k_base'],
    ['o3-mini', 'o200k_base'],
    ['openai/gpt-oss-120b', 'o200k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-35-turbo', 'cl100k_base'],
    ['text-embedding-3-large', 'cl100k_base'],
    ['claude-sonnet-4-5', undefined],
    ['llama-3.3-70b-versatile', undefined],
    ['gpt-4all', undefined],
    ['davinci-002', undefined],
  ])('of %s is %s', (model, encoding) => expect(tokenizerOf(model)).toBe(encoding));
});
