import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { builtInPrices, SOURCE_IDS } from './built-in-prices';
import { priceBookAt, pricesFrom, sourceModelOf } from './price-book';
import { isMatch, nextBoundary, pricesAt, sourcePrices } from './source-prices';

const at = new Date('2026-11-26T12:00:00Z');
const builtIn = builtInPrices();
const daysAgo = (days: number) => new Date(at.getTime() - days * 86_400_000 + days * 3_661_000);

const dated = sourcePrices.parse([
  {
    id: 'acme',
    models: [
      {
        id: 'large',
        match: { starts_with: 'large' },
        prices: [
          { prices: { input_mtok: 10, output_mtok: 40 } },
          { constraint: { start_date: '2026-06-10' }, prices: { input_mtok: 2, output_mtok: 8 } },
          {
            constraint: { start_time: '22:00:00Z', end_time: '04:30:00Z' },
            prices: { input_mtok: 1, output_mtok: 4 },
          },
        ],
      },
    ],
  },
]);
const wanted = [{ name: 'acme-ai', sourceId: 'acme', models: ['large-1', 'small'] }];
const inputAt = (moment: string) =>
  [...(priceBookAt(dated, wanted, new Date(moment)).get('acme-ai') ?? [])].map(([name, { rates }]) => [
    name,
    rates.input,
  ]);

describe('the price book', () => {
  test('is of a moment: by date, and by time of day', () => {
    expect(inputAt('2026-06-09T12:00:00Z')).toEqual([['large-1', 10_000_000_000n]]);
    expect(inputAt('2026-06-10T12:00:00Z')).toEqual([['large-1', 2_000_000_000n]]);
    for (const night of ['2026-06-10T22:00:00Z', '2026-06-11T04:29:59.999Z', '2026-01-01T00:00:00Z'])
      expect(inputAt(night)).toEqual([['large-1', 1_000_000_000n]]);
    expect(inputAt('2026-06-11T04:30:00Z')).toEqual([['large-1', 2_000_000_000n]]);
  });

  test('changes at boundaries that are foreseen, and nowhere between them', () => {
    const boundary = (after: string) => nextBoundary(dated, new Date(after))?.toISOString();
    expect(boundary('2026-06-09T12:00:00Z')).toBe('2026-06-09T22:00:00.000Z');
    expect(boundary('2026-06-09T22:00:00Z')).toBe('2026-06-10T00:00:00.000Z');
    expect(boundary('2026-06-10T00:00:00Z')).toBe('2026-06-10T04:30:00.000Z');
    expect(boundary('2026-06-10T04:30:00Z')).toBe('2026-06-10T22:00:00.000Z');
    expect(nextBoundary([], at)).toBeUndefined();
  });

  test('has no price of what searches for every answer where that is not in it', () => {
    const [book, names] = [
      priceBookAt(
        builtIn,
        [
          { name: 'a', sourceId: 'openai', models: ['gpt-4o', 'gpt-4o-search-preview-2025-03-11'] },
          { name: 'b', sourceId: 'perplexity', models: ['sonar', 'sonar-deep-research'] },
          { name: 'c', sourceId: 'openrouter', models: ['openai/gpt-4o', 'perplexity/sonar'] },
        ],
        at,
      ),
      ['a', 'b', 'c'],
    ];
    expect(names.map((name) => [...(book.get(name)?.keys() ?? [])])).toEqual([
      ['gpt-4o'],
      ['sonar'],
      ['openai/gpt-4o'],
    ]);
  });

  test('prices the whole request at its tier', () => {
    const tiered = { base: 3, tiers: [{ start: 200_000, price: 6 }] };
    expect(pricesFrom({ input_mtok: tiered, output_mtok: 15, web_searches_kcount: 10 })).toMatchObject({
      rates: { input: 3_000_000_000n, output: 15_000_000_000n, search: 10_000_000_000_000n },
      tiers: [{ inputTokensAbove: 200_000n, rates: { input: 6_000_000_000n, output: 15_000_000_000n } }],
    });
  });

  test('has no price where the source has none: that is not 0', () => {
    expect(pricesFrom({})).toBeUndefined();
    expect(pricesFrom({ input_mtok: null, strange_unit: 3 })).toBeUndefined();
    expect(pricesFrom({ input_mtok: 0 })?.rates.input).toBe(0n);
  });

  test('has the names that the catalog has, exact ones before patterns', () => {
    const [source] = sourcePrices.parse([
      {
        id: 'acme',
        models: [
          { id: 'a', match: { contains: 'b' }, prices: { input_mtok: 1 } },
          { id: 'ab', match: { equals: 'ab' }, prices: { input_mtok: 2 } },
        ],
      },
    ]);
    expect(source && sourceModelOf(source, 'ab')?.id).toBe('ab');
    expect(source && sourceModelOf(source, 'xbx')?.id).toBe('a');
  });
});

describe('the prices that come with the product', () => {
  test('are of every provider that they are looked for', () =>
    expect(builtIn.map(({ id }) => id)).toEqual([...new Set(Object.values(SOURCE_IDS))].sort()));

  // The package's own reading of its data is the reference.
  test.each([0, 100, 500].map(daysAgo))('are at %s what their package charges', (moment) => {
    for (const provider of builtIn) {
      const theirs = findProvider({ providerId: provider.id });
      if (!theirs) throw new Error('no such provider');
      for (const model of provider.models) {
        const calculated = calcPrice({}, model.id, { provider: theirs, timestamp: moment });
        if (calculated?.model.id !== model.id) continue;
        expect([model.id, pricesAt(model, moment)]).toEqual([
          model.id,
          JSON.parse(JSON.stringify(calculated.model_price)),
        ]);
      }
    }
  });

  test('match names as their package does', () => {
    for (const provider of builtIn) {
      const theirs = findProvider({ providerId: provider.id });
      for (const { id } of provider.models) {
        const reference = theirs && calcPrice({}, id, { provider: theirs, timestamp: at })?.model.id;
        expect(provider.models.find(({ match }) => isMatch(match, id))?.id).toBe(reference);
      }
    }
  });
});
