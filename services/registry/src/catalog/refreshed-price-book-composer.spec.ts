import { fromPriceBookContent } from '../adapters/contents/content-messages';
import { BuiltInPriceBookComposer } from './built-in-composers';
import { RefreshedPriceBookComposer } from './refreshed-price-book-composer';

const at = new Date('2026-11-26T12:00:00Z');
const builtIn = new BuiltInPriceBookComposer().compose(1n, undefined, at).content;

describe('refreshed prices', () => {
  let source: unknown;
  const composer = () =>
    new RefreshedPriceBookComposer({ read: async () => source, label: 'refreshed', jumpMax: 10n });
  const inputOf = (content: typeof builtIn, provider: string, model: string) =>
    fromPriceBookContent(content).get(provider)?.get(model)?.rates.input;

  test('go before those that come with the product, which stay where the source is silent', async () => {
    source = {
      prices: { openai: { 'gpt-4o-mini': { input: 0.2, output: 0.6 } }, nvidia: { own: { input: 1 } } },
    };
    const refreshed = composer();
    await refreshed.refresh(builtIn, at);
    const { content, source: label } = refreshed.compose(2n, builtIn, at);
    expect(label).toBe('refreshed');
    expect(inputOf(content, 'openai', 'gpt-4o-mini')).toBe(200_000_000n);
    expect(inputOf(content, 'openai', 'gpt-4o')).toBe(inputOf(builtIn, 'openai', 'gpt-4o'));
    expect(inputOf(content, 'nvidia', 'own')).toBe(1_000_000_000n);
  });

  test('are read as genai-prices publishes them, in either form', async () => {
    const models = [{ id: 'gpt-4o-mini', match: { equals: 'gpt-4o-mini' }, prices: { input_mtok: 0.3 } }];
    for (source of [[{ id: 'openai', models }], { providers: [{ id: 'openai', models }] }]) {
      const refreshed = composer();
      await refreshed.refresh(builtIn, at);
      expect(inputOf(refreshed.compose(2n, builtIn, at).content, 'openai', 'gpt-4o-mini')).toBe(300_000_000n);
    }
  });

  test('that are implausible are refused as a whole, and what is implausible is said', async () => {
    source = { prices: { openai: { 'gpt-4o-mini': { input: 0.001 }, 'gpt-4o': { input: 2 } } } };
    const refreshed = composer();
    const reason = 'openai/gpt-4o-mini: input from 150000000 to 1000000 nano-USD per million';
    await expect(refreshed.refresh(builtIn, at)).rejects.toThrow(reason);
    expect(refreshed.fault).toContain(reason);
    expect(refreshed.compose(2n, builtIn, at).content.sha256).toBe(builtIn.sha256);
  });

  test.each([{ prices: { openai: { x: { input: -1 } } } }, [{ id: 'openai' }], 'prices', null])(
    'that are none are refused: %j',
    async (malformed) => {
      source = malformed;
      await expect(composer().refresh(builtIn, at)).rejects.toThrow('malformed');
    },
  );

  test('that are implausible only from a later day on are not published then', async () => {
    const prices = [
      { prices: { input_mtok: 0.3 } },
      { constraint: { start_date: '2026-12-01' }, prices: { input_mtok: 0 } },
    ];
    source = [{ id: 'openai', models: [{ id: 'gpt-4o-mini', match: { equals: 'gpt-4o-mini' }, prices }] }];
    const refreshed = composer();
    await refreshed.refresh(builtIn, at);
    const before = refreshed.compose(2n, builtIn, at).content;
    const later = new Date('2026-12-01T00:00:00Z');
    expect(refreshed.nextChange(at)?.getTime()).toBeLessThanOrEqual(later.getTime());
    expect(refreshed.fault).toBe('');
    expect(refreshed.compose(3n, before, later)).toEqual({ content: before, source: 'refreshed' });
    expect(refreshed.fault).toContain('openai/gpt-4o-mini: input from 300000000 to 0');
  });

  test.each([
    ['prices that are more than any', { equals: 'gpt-4o-mini' }, 1e15],
    ['a pattern that is none', { regex: '(' }, 0.3],
  ])('that have %s are refused, on a new installation too', async (_what, match, input_mtok) => {
    source = [{ id: 'openai', models: [{ id: 'gpt-x', match, prices: { input_mtok } }] }];
    const refreshed = composer();
    await expect(refreshed.refresh(undefined, at)).rejects.toThrow();
    expect(refreshed.fault).not.toBe('');
    expect(refreshed.compose(1n, undefined, at)).toMatchObject({ source: 'built in' });
  });

  test('that cannot be read leave what stands, and on a new installation what comes with the product', async () => {
    const unread = composer();
    expect(unread.compose(2n, builtIn, at).content).toBe(builtIn);
    expect(unread.compose(1n, undefined, at)).toMatchObject({ source: 'built in' });
  });
});
