import { nanoUsdPerMillion } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration';
import { CUSTOM_MODELS_MAX } from './model';
import { connected, customModel, decided, deleted, id } from './testing/integration-history';

const mine = customModel('mine');
const defined = (model = mine) => decided({ type: 'CustomModelDefined', model });
const removed = (name: string) => decided({ type: 'CustomModelRemoved', name });
const define = (model = mine) => ({ type: 'DefineCustomModel', integrationId: id, model }) as const;
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
