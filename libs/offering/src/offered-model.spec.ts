import { nanoUsdPerMillion } from '@gatehouse/kernel';
import type { CustomModel, ModelAccess, ModelDecisions } from './model-decisions';
import type { ModelFacts } from './model-facts';
import { accessReasonOf, composedModel, knownNames, offeredModel, offeredNames } from './offered-model';
import type { Prices } from './prices';
import { published } from './testing/published-models';

const facts = (name: string, more: Partial<ModelFacts> = {}): ModelFacts => ({
  name,
  kind: 'chat',
  capabilities: ['tools'],
  listedSince: 1n,
  withdrawn: false,
  contextWindow: 100n,
  maxOutputTokens: 10n,
  ...more,
});

const prices = (input: bigint, output = input): Prices => ({
  rates: { input: nanoUsdPerMillion(input), output: nanoUsdPerMillion(output) },
  tiers: [],
});

const listed = published({
  facts: [facts('small'), facts('large', { listedSince: 5n }), facts('unpriced')],
  prices: { small: prices(100n), large: prices(1_000n) },
});

const access = (more: Partial<ModelAccess> = {}): ModelAccess => ({
  selectedAt: 1n,
  autoEnable: false,
  allowed: new Set(),
  revoked: new Set(),
  ...more,
});

const custom = (name: string, more: Partial<CustomModel> = {}): [string, CustomModel] => [
  name,
  { name, fineTuned: false, ...more },
];

const decided = (more: Partial<ModelDecisions> = {}): ModelDecisions => ({
  access: access(),
  customModels: new Map(),
  priceOverrides: new Map(),
  priceMultiplier: 10_000n,
  ...more,
});

describe('a model is allowed', () => {
  const mine = new Map([custom('mine')]);

  test.each<[string, Partial<ModelAccess>, string]>([
    ['small', {}, 'selected'],
    ['large', {}, 'not-selected'],
    ['large', { selectedAt: 4n }, 'not-selected'],
    ['large', { selectedAt: 5n }, 'selected'],
    ['small', { selectedAt: 0n }, 'not-selected'],
    ['large', { allowed: new Set(['large']) }, 'allowed'],
    ['nobody-knows', {}, 'not-selected'],
    ['nobody-knows', { allowed: new Set(['nobody-knows']) }, 'allowed'],
    ['nobody-knows', { autoEnable: true }, 'auto-enabled'],
    ['large', { autoEnable: true }, 'auto-enabled'],
    ['mine', { selectedAt: 0n }, 'custom'],
    ['mine', { revoked: new Set(['mine']) }, 'revoked'],
    ['small', { revoked: new Set(['small']) }, 'revoked'],
    ['small', { autoEnable: true, revoked: new Set(['small']) }, 'revoked'],
  ])('or not: %s %j', (name, more, reason) => {
    const decisions = decided({ access: access(more), customModels: mine });
    expect(accessReasonOf(name, decisions, listed)).toBe(reason);
    const offered = offeredModel(name, decisions, listed);
    expect(offered === undefined).toBe(reason === 'revoked' || reason === 'not-selected');
  });
});

describe('what is listed', () => {
  const decisions = decided({
    access: access({ allowed: new Set(['future']), revoked: new Set(['small']) }),
    customModels: new Map([custom('mine')]),
    priceOverrides: new Map([['priced', prices(1n)]]),
  });

  test('is all that is allowed and known of', () =>
    expect(offeredNames(decisions, listed)).toEqual(['future', 'mine', 'unpriced']));

  test('of all, is whatever was published or decided upon', () =>
    expect(knownNames(decisions, listed)).toEqual([
      'future',
      'large',
      'mine',
      'priced',
      'small',
      'unpriced',
    ]));

  test('goes on where the provider withdraws a model, and says so', () => {
    const withdrawn = published({ facts: [facts('small', { withdrawn: true, successor: 'large' })] });
    expect(offeredModel('small', decided(), withdrawn)).toMatchObject({
      withdrawn: true,
      successor: 'large',
    });
  });
});

describe('a price', () => {
  const overridden = new Map([['small', prices(1n)]]);
  const own = new Map([custom('small', { prices: prices(2n) })]);
  const based = new Map([custom('hosted', { baseModel: 'small' })]);
  const priceOf = (name: string, decisions: Partial<ModelDecisions>) =>
    composedModel(name, decided(decisions), listed).price;

  test('of an override goes before that of a custom model', () =>
    expect(priceOf('small', { priceOverrides: overridden, customModels: own })).toEqual({
      layer: 'override',
      prices: prices(1n),
    }));

  test('of an override goes before multiplier and book, and is not multiplied', () =>
    expect(priceOf('small', { priceOverrides: overridden, priceMultiplier: 20_000n })).toEqual({
      layer: 'override',
      prices: prices(1n),
    }));

  test('of a custom model goes before multiplier and book, and is not multiplied', () =>
    expect(priceOf('small', { customModels: own, priceMultiplier: 20_000n })).toEqual({
      layer: 'custom',
      prices: prices(2n),
    }));

  test('of the book is multiplied', () =>
    expect(priceOf('small', { priceMultiplier: 8_000n })).toEqual({
      layer: 'multiplier',
      prices: prices(80n),
    }));

  test('of the book stands alone where nothing else is said', () =>
    expect(priceOf('small', {})).toEqual({ layer: 'book', prices: prices(100n) }));

  test('of a base model is that of the book, multiplied, whatever overrides it', () => {
    expect(priceOf('hosted', { customModels: based })).toEqual({ layer: 'book', prices: prices(100n) });
    expect(
      priceOf('hosted', { customModels: based, priceOverrides: overridden, priceMultiplier: 15_000n }),
    ).toEqual({ layer: 'multiplier', prices: prices(150n) });
  });

  test('of a base model is not that of what was trained further, which has its own or none', () => {
    const tuned = { baseModel: 'small', fineTuned: true };
    expect(priceOf('tuned', { customModels: new Map([custom('tuned', tuned)]) })).toBeUndefined();
    const priced = new Map([custom('tuned', { ...tuned, prices: prices(3n) })]);
    expect(priceOf('tuned', { customModels: priced })).toEqual({ layer: 'custom', prices: prices(3n) });
    const priceOverrides = new Map([['tuned', prices(4n)]]);
    expect(priceOf('tuned', { customModels: priced, priceOverrides })).toMatchObject({ layer: 'override' });
  });

  test('that nobody knows is none, and a multiplier makes none of it', () => {
    expect(priceOf('unpriced', {})).toBeUndefined();
    expect(priceOf('unpriced', { priceMultiplier: 5_000n })).toBeUndefined();
    expect(priceOf('nobody-knows', {})).toBeUndefined();
    const unlike = new Map([custom('small')]);
    expect(priceOf('small', { customModels: unlike })).toBeUndefined();
  });

  test('of 0 is a price', () => {
    expect(priceOf('small', { priceOverrides: new Map([['small', prices(0n)]]) })).toEqual({
      layer: 'override',
      prices: prices(0n),
    });
    const free = new Map([custom('free', { prices: prices(0n), baseModel: 'small' })]);
    expect(priceOf('free', { customModels: free })).toEqual({ layer: 'custom', prices: prices(0n) });
  });

  test('is taken whole: what a layer leaves out is not filled from the next', () => {
    const inputOnly: Prices = { rates: { input: nanoUsdPerMillion(1n) }, tiers: [] };
    expect(priceOf('small', { priceOverrides: new Map([['small', inputOnly]]) })?.prices).toEqual(inputOnly);
  });
});

describe('what is known of a model', () => {
  test('is the catalog’s', () =>
    expect(composedModel('small', decided(), listed)).toMatchObject({
      kind: 'chat',
      capabilities: ['tools'],
      contextWindow: 100n,
      maxOutputTokens: 10n,
      known: true,
    }));

  test('is its own before that of its base model', () => {
    const customModels = new Map([custom('tuned', { baseModel: 'small', maxOutputTokens: 5n })]);
    expect(composedModel('tuned', decided({ customModels }), listed)).toMatchObject({
      contextWindow: 100n,
      maxOutputTokens: 5n,
      capabilities: ['tools'],
    });
  });

  test('is nothing but the name where it is nowhere', () =>
    expect(composedModel('nobody-knows', decided(), listed)).toEqual({
      name: 'nobody-knows',
      kind: 'chat',
      capabilities: [],
      known: false,
      withdrawn: false,
    }));
});

test('how a model is served is said by the nearer layer, each thing for itself', () => {
  const fast = published({ facts: [facts('small', { serving: { tokensPerSecondMax: 900 } })] });
  const servingOf = (more: Partial<CustomModel>) =>
    composedModel('mine', decided({ customModels: new Map([custom('mine', more)]) }), fast).serving;
  const own = { templateTokens: 500n, outputLimit: 'n_predict' };
  expect(servingOf({ baseModel: 'small', serving: own })).toEqual({ ...own, tokensPerSecondMax: 900 });
  expect(servingOf({ baseModel: 'small', serving: { tokensPerSecondMax: 100 } })).toEqual({
    tokensPerSecondMax: 100,
  });
  expect(servingOf({ baseModel: 'small' })).toEqual({ tokensPerSecondMax: 900 });
  expect(servingOf({ serving: own })).toEqual(own);
  expect(servingOf({})).toBeUndefined();
});
