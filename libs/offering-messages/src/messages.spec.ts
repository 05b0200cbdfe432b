import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { type ModelDecisions, RATE_UNITS } from '@gatehouse/offering';
import { typeV1 } from '@gatehouse/proto-gen';
import fc from 'fast-check';
import { fromProtoModelDecisions, toProtoModelDecisions } from './decision-messages';
import { fromProtoModelKind, toProtoModelKind } from './kind-messages';
import { fromProtoPrices, toProtoPrices } from './price-messages';

const rate = fc.bigInt({ min: 0n, max: 1_000_000_000_000_000n }).map(nanoUsdPerMillion);
const rates = fc.dictionary(fc.constantFrom(...RATE_UNITS), rate, { noNullPrototype: true });
const start = fc.bigInt({ min: 0n, max: 1_000_000n });
const tieredRates = fc.record({
  rates,
  tiers: fc
    .uniqueArray(fc.record({ inputTokensAbove: start, rates }), {
      selector: ({ inputTokensAbove }) => inputTokensAbove,
      maxLength: 3,
    })
    .map((tiers) => tiers.sort((a, b) => (a.inputTokensAbove < b.inputTokensAbove ? -1 : 1))),
});
const name = fc.string({ minLength: 1, maxLength: 5 });
const serviceTiers = fc.tuple(name, tieredRates).map((tier) => new Map([tier]));
const prices = fc
  .tuple(tieredRates, fc.option(serviceTiers, { nil: undefined }))
  .map(([own, named]) => ({ ...own, ...(named && { serviceTiers: named }) }));
const names = fc.uniqueArray(name, { maxLength: 4 }).map((some) => new Set(some));
const tokens = fc.bigInt({ min: 1n, max: 1_000_000n });
const serving = fc
  .record(
    {
      templateTokens: tokens,
      outputLimit: name,
      tokensPerSecondMax: fc.integer({ min: 1, max: 1_000_000 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((some) => Object.keys(some).length > 0);
const customModels = fc
  .uniqueArray(
    fc.record(
      {
        name,
        fineTuned: fc.boolean(),
        baseModel: name,
        kind: fc.constantFrom('chat' as const, 'embedding' as const, 'other' as const),
        prices,
        contextWindow: tokens,
        maxOutputTokens: tokens,
        serving,
      },
      { requiredKeys: ['name', 'fineTuned'], noNullPrototype: true },
    ),
    { selector: (model) => model.name, maxLength: 3 },
  )
  .map((models) => new Map(models.map((model) => [model.name, model])));
const decisions: fc.Arbitrary<ModelDecisions> = fc.record({
  access: fc.record({ selectedAt: start, autoEnable: fc.boolean(), allowed: names, revoked: names }),
  customModels,
  priceOverrides: fc.array(fc.tuple(name, prices), { maxLength: 3 }).map((entries) => new Map(entries)),
  priceMultiplier: tokens,
});

test('decisions are what they were after a journey', () =>
  fc.assert(
    fc.property(decisions, (some) => {
      const sent = toProtoModelDecisions(some);
      const arrived = typeV1.ModelDecisions.decode(typeV1.ModelDecisions.encode(sent).finish());
      expect(
        fromProtoModelDecisions(typeV1.ModelDecisions.fromJSON(typeV1.ModelDecisions.toJSON(sent))),
      ).toEqual(some);
      expect(fromProtoModelDecisions(arrived)).toEqual(some);
    }),
  ));

test('an unknown rate is no 0, and a 0 is known', () => {
  const arrived = typeV1.Prices.decode(
    typeV1.Prices.encode(toProtoPrices({ rates: { output: nanoUsdPerMillion(0n) }, tiers: [] })).finish(),
  );
  expect(fromProtoPrices(arrived).rates).toEqual({ output: 0n });
});

test('what does not say it allows nothing, and leaves prices as they are', () => {
  const access = { selectedAt: 0n, autoEnable: false, allowed: new Set(), revoked: new Set() };
  expect(fromProtoModelDecisions(undefined)).toMatchObject({ access, priceMultiplier: 10_000n });
  expect(fromProtoModelDecisions(typeV1.ModelDecisions.fromPartial({}))).toMatchObject({
    access,
    priceMultiplier: 10_000n,
  });
});

test('every kind has its message, and what is not known is none', () => {
  expect(fromProtoModelKind(toProtoModelKind('rerank'))).toBe('rerank');
  expect(fromProtoModelKind(typeV1.ModelKind.UNSPECIFIED)).toBeUndefined();
  expect(fromProtoModelKind(99 as typeV1.ModelKind)).toBeUndefined();
});
