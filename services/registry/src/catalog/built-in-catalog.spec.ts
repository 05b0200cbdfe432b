import { customModelFaults } from '../domain/integration/model';
import { BuiltInCatalog } from './built-in-catalog';

const catalog = new BuiltInCatalog();

describe('the built-in catalog', () => {
  test('is in order of name, which pages rest on', () => {
    const names = catalog.list().map(({ name }) => name);
    expect(names).toEqual(['anthropic', 'azure-openai', 'openai', 'self-hosted']);
    expect(names).toEqual([...names].sort());
  });

  test.each(catalog.list().map((provider) => [provider.name, provider] as const))(
    '%s is usable',
    (name, provider) => {
      expect(catalog.find(name)).toBe(provider);
      expect(customModelFaults(provider.models)).toEqual([]);
      expect(provider.models.every(({ inputPrice, outputPrice }) => inputPrice && outputPrice)).toBe(true);
      expect(provider.baseUrl === '').toBe(provider.customHost === 'required');
      expect(provider.baseUrl.endsWith('/')).toBe(false);
    },
  );

  test('prices are nano-USD per million tokens', () => {
    const mini = catalog.find('openai')?.models.find(({ name }) => name === 'gpt-4o-mini');
    expect(mini).toEqual({
      name: 'gpt-4o-mini',
      inputPrice: 150_000_000n,
      cachedInputPrice: 75_000_000n,
      outputPrice: 600_000_000n,
      maxOutputTokens: 16_384n,
      contextWindow: 128_000n,
    });
  });

  test('knows no other', () => expect(catalog.find('constructor')).toBeUndefined());
});
