import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { CUSTOM_MODELS_MAX } from './model';
import { connected, customModel, decided, deleted, id } from './testing/integration-history';

const mine = customModel('mine');
const defined = (model = mine) => decided({ type: 'CustomModelDefined', model });
const removed = (name: string) => decided({ type: 'CustomModelRemoved', name });
const define = (model = mine, baseIsListed = true) =>
  ({ type: 'DefineCustomModel', integrationId: id, model, baseIsListed }) as const;
const remove = (name: string) => ({ type: 'RemoveCustomModel', integrationId: id, name }) as const;

describe('defining a custom model', () => {
  test('records it', () => given(integrationDecider, connected).when(define()).then(defined()));

  test('records nothing where it is so already', () =>
    given(integrationDecider, connected, defined()).when(define()).then());

  test.each([
    { contextWindow: 21n },
    { maxOutputTokens: 9n },
    { baseModel: 'small' },
    { baseModel: 'small', fineTuned: true },
    { kind: 'embedding' as const },
    { prices: { rates: { input: nanoUsdPerMillion(0n) }, tiers: [] } },
    { serving: { templateTokens: 500n } },
    { serving: { outputLimit: 'n_predict' } },
    { serving: { tokensPerSecondMax: 300 } },
  ])('takes the place of another of its name: %j', (more) => {
    const other = customModel('mine', more);
    given(integrationDecider, connected, defined()).when(define(other)).then(defined(other));
  });

  describe('by a base model that the catalog does not list', () => {
    const { contextWindow: _window, maxOutputTokens: _output, ...unsized } = mine;
    const leaving = { ...unsized, baseModel: 'a typo' };

    test('is refused where it is to say how large the model is, unless it was taken then', () => {
      given(integrationDecider, connected).when(define(leaving, false)).thenRefused('REQUEST_INVALID');
      const half = { ...leaving, contextWindow: 9n };
      given(integrationDecider, connected).when(define(half, false)).thenRefused('REQUEST_INVALID');
      given(integrationDecider, connected).when(define(leaving)).then(defined(leaving));
      given(integrationDecider, connected, defined(leaving)).when(define(leaving, false)).then();
    });

    test('is recorded where the model says it itself', () => {
      const sized = customModel('mine', { baseModel: 'not listed yet' });
      given(integrationDecider, connected).when(define(sized, false)).then(defined(sized));
    });
  });

  test('is refused beyond so many, unless it takes the place of one', () => {
    const many = Array.from({ length: CUSTOM_MODELS_MAX }, (_, index) => defined(customModel(`m${index}`)));
    given(integrationDecider, connected, ...many)
      .when(define())
      .thenRefused('CUSTOM_MODELS_EXHAUSTED');
    const other = customModel('m0', { contextWindow: 99n });
    given(integrationDecider, connected, ...many)
      .when(define(other))
      .then(defined(other));
  });

  test('is refused for a deleted integration', () =>
    given(integrationDecider, connected, deleted).when(define()).thenRefused('INTEGRATION_DELETED'));
});

describe('removing a custom model', () => {
  test('records it', () =>
    given(integrationDecider, connected, defined()).when(remove('mine')).then(removed('mine')));

  test('is refused where there is none', () => {
    given(integrationDecider, connected).when(remove('mine')).thenRefused('CUSTOM_MODEL_UNKNOWN');
    given(integrationDecider, connected, defined(), removed('mine'))
      .when(remove('mine'))
      .thenRefused('CUSTOM_MODEL_UNKNOWN');
  });
});
