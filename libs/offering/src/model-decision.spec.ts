import { nanoUsdPerMillion } from '@gatehouse/kernel';
import fc from 'fast-check';
import { decidedAfter, type ModelDecision, NOTHING_DECIDED } from './model-decision';
import { isAllowed, knownNames, offeredNames } from './offered-model';
import { published } from './testing/published-models';

const listed = published({
  facts: ['a', 'b', 'c'].map((name, index) => ({
    name,
    kind: 'chat',
    capabilities: [],
    listedSince: BigInt(index + 1),
    withdrawn: false,
  })),
});

const name = fc.constantFrom('a', 'b', 'c', 'x', 'y');
const names = fc.uniqueArray(name, { minLength: 1 });
const prices = fc
  .bigInt({ min: 0n, max: 9n })
  .map((input) => ({ rates: { input: nanoUsdPerMillion(input) }, tiers: [] }));

const decision: fc.Arbitrary<ModelDecision> = fc.oneof(
  fc
    .bigInt({ min: 1n, max: 3n })
    .map((selectedAt) => ({ type: 'ListedModelsSelected', selectedAt }) as const),
  fc.constantFrom<ModelDecision>(
    { type: 'ModelSelectionCleared' },
    { type: 'AutoEnableModelsTurnedOn' },
    { type: 'AutoEnableModelsTurnedOff' },
  ),
  names.map((some) => ({ type: 'IntegrationModelsAllowed', names: some }) as const),
  names.map((some) => ({ type: 'IntegrationModelsRevoked', names: some }) as const),
  name.map((some) => ({ type: 'CustomModelDefined', model: { name: some, fineTuned: false } }) as const),
  name.map((some) => ({ type: 'CustomModelRemoved', name: some }) as const),
  fc.tuple(name, prices).map(([model, some]) => ({ type: 'PriceOverridden', model, prices: some }) as const),
  name.map((model) => ({ type: 'PriceOverrideRemoved', model }) as const),
  fc
    .bigInt({ min: 1n, max: 99n })
    .map((priceMultiplier) => ({ type: 'PriceMultiplierSet', priceMultiplier }) as const),
);

const after = (history: readonly ModelDecision[]) => history.reduce(decidedAfter, NOTHING_DECIDED);
const afterAny = (holds: (history: readonly ModelDecision[]) => void) =>
  fc.assert(fc.property(fc.array(decision, { maxLength: 20 }), holds));

describe('whatever is decided, in whatever order', () => {
  test('no model is both allowed and revoked', () =>
    afterAny((history) => {
      const { allowed, revoked } = after(history).access;
      expect([...allowed].filter((one) => revoked.has(one))).toEqual([]);
    }));

  test('deciding it again changes nothing', () =>
    fc.assert(
      fc.property(fc.array(decision), decision, (history, last) =>
        expect(after([...history, last, last])).toEqual(after([...history, last])),
      ),
    ));

  test('what is offered is known and allowed', () =>
    afterAny((history) => {
      const decisions = after(history);
      const known = new Set(knownNames(decisions, listed));
      for (const one of offeredNames(decisions, listed)) {
        expect(known.has(one) && isAllowed(one, decisions, listed)).toBe(true);
      }
    }));

  test('cleared, nothing is offered, unless all is auto-enabled', () =>
    afterAny((history) => {
      const decisions = after([
        ...history,
        { type: 'ModelSelectionCleared' },
        { type: 'AutoEnableModelsTurnedOff' },
      ]);
      expect(offeredNames(decisions, listed)).toEqual([]);
    }));

  test('selecting all that is listed takes nothing away', () =>
    afterAny((history) => {
      const before = after(history);
      const all = after([...history, { type: 'ListedModelsSelected', selectedAt: 3n }]);
      const offered = new Set(offeredNames(all, listed));
      expect(offeredNames(before, listed).filter((one) => !offered.has(one))).toEqual([]);
      expect(['a', 'b', 'c'].filter((one) => !all.customModels.has(one) && !offered.has(one))).toEqual([]);
    }));

  test('removing a custom model allows nothing that was revoked', () =>
    fc.assert(
      fc.property(fc.array(decision), name, (history, removed) => {
        const before = after(history);
        const { access } = after([...history, { type: 'CustomModelRemoved', name: removed }]);
        expect(access.revoked).toEqual(before.access.revoked);
      }),
    ));

  test('allowed is offered, revoked is not', () =>
    fc.assert(
      fc.property(fc.array(decision), names, (history, some) => {
        const allowed = after([...history, { type: 'IntegrationModelsAllowed', names: some }]);
        const revoked = after([...history, { type: 'IntegrationModelsRevoked', names: some }]);
        expect(some.every((one) => isAllowed(one, allowed, listed))).toBe(true);
        expect(some.some((one) => isAllowed(one, revoked, listed))).toBe(false);
      }),
    ));
});
