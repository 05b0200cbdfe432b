import { contentOf } from '@gatehouse/contents';
import { fromCatalogContent, fromPriceBookContent } from '../adapters/contents/content-messages';
import { BuiltInCatalog } from './built-in-catalog';
import { BuiltInCatalogComposer, BuiltInPriceBookComposer } from './built-in-composers';
import data from './data/model-facts.json';
import { SOURCE_IDS } from './prices/built-in-prices';
import { nextModels } from './next-catalog';
import type { KnownModel } from './model-facts';

const at = new Date('2026-11-26T12:00:00Z');
const catalogs = new BuiltInCatalogComposer();
const books = new BuiltInPriceBookComposer();
const catalog = fromCatalogContent(catalogs.compose(1n, undefined).content);
const book = fromPriceBookContent(books.compose(1n, undefined, at).content);

describe('the catalog that comes with the product', () => {
  test('lists models of providers that are rows, from data of providers that are rows', () => {
    const rows = new BuiltInCatalog().list().map(({ name }) => name);
    expect([...catalog.keys()]).toEqual(rows);
    expect(rows).toEqual(
      expect.arrayContaining([...Object.keys(data.providers), ...Object.keys(SOURCE_IDS)]),
    );
  });

  test('knows what models are for, how much fits, and what they can do', () => {
    expect(catalog.get('openai')?.get('gpt-4o-mini')).toEqual({
      name: 'gpt-4o-mini',
      tokenizer: 'o200k_base',
      kind: 'chat',
      contextWindow: 128_000n,
      imageTokens: { base: 2_833, squareSide: 512, squareMillitokens: 5_667_000, squaresMax: 8 },
      maxOutputTokens: 16_384n,
      capabilities: ['image-input', 'tools'],
      listedSince: 1n,
      withdrawn: false,
    });
    const kinds = ['text-embedding-3-small', 'whisper-1', 'gpt-image-1', 'gpt-4o-mini-tts'].map(
      (name) => catalog.get('openai')?.get(name)?.kind,
    );
    expect(kinds).toEqual(['embedding', 'transcription', 'image', 'speech']);
    expect(catalog.get('self-hosted')?.size).toBe(0);
  });

  test('is the same however often it is composed, and again on itself', () => {
    const first = catalogs.compose(1n, undefined).content;
    expect(catalogs.compose(1n, undefined).content.sha256).toBe(first.sha256);
    expect(catalogs.compose(2n, first).content.sha256).toBe(first.sha256);
  });
});

describe('the next catalog', () => {
  const known = (name: string): readonly [string, KnownModel] => [
    name,
    { name, kind: 'chat', capabilities: [], withdrawn: false },
  ];
  const since = (models: ReturnType<typeof nextModels>) =>
    models.map(({ name, listedSince, withdrawn }) => [name, listedSince, withdrawn]);
  const byName = (models: ReturnType<typeof nextModels>) =>
    new Map(models.map((model) => [model.name, model]));
  const first = nextModels(new Map([known('b'), known('a')]), 1n);

  test('says since when each model is listed', () => {
    expect(since(first)).toEqual([
      ['a', 1n, false],
      ['b', 1n, false],
    ]);
    const second = nextModels(new Map([known('a'), known('b'), known('c')]), 2n, byName(first));
    expect(since(second)).toEqual([
      ['a', 1n, false],
      ['b', 1n, false],
      ['c', 2n, false],
    ]);
  });

  test('says what was withdrawn, and takes it back where it comes again', () => {
    const second = nextModels(new Map([known('a')]), 2n, byName(first));
    expect(since(second)).toEqual([
      ['a', 1n, false],
      ['b', 1n, true],
    ]);
    const third = nextModels(new Map([known('a'), known('b')]), 3n, byName(second));
    expect(since(third)).toEqual(since(first));
  });
});

describe('the price book that comes with the product', () => {
  test('has nano-USD per million tokens', () =>
    expect(book.get('openai')?.get('gpt-4o-mini')).toEqual({
      rates: expect.objectContaining({
        input: 150_000_000n,
        cachedInput: 75_000_000n,
        output: 600_000_000n,
      }) as unknown,
      tiers: [],
    }));

  test('has tiers, and is silent where nothing is known', () => {
    expect(book.get('openai')?.get('gpt-5.4')?.tiers).toMatchObject([
      { inputTokensAbove: 271_999n, rates: { input: 5_000_000_000n, output: 22_500_000_000n } },
    ]);
    expect(book.get('nvidia')).toBeUndefined();
  });

  test('depends on nothing but the moment', () => {
    expect(books.compose(1n, undefined, at).content.sha256).toBe(
      books.compose(7n, contentOf({}), at).content.sha256,
    );
    const boundary = books.nextChange(at);
    expect(boundary && boundary > at).toBe(true);
  });
});
