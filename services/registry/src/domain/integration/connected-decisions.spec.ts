import { NOTHING_DECIDED } from '@gatehouse/offering';
import { connectedDecisions, wantedModelsFaults } from './connected-decisions';
import { MODEL_NAMES_MAX } from './model';
import { customModel } from './testing/integration-history';

const nothing = { custom: [], named: [], onlyNamed: false, autoEnable: false };

describe('connecting decides', () => {
  test('that all that is listed is offered, and nothing that comes later', () =>
    expect(connectedDecisions(nothing, 7n)).toEqual({
      ...NOTHING_DECIDED,
      access: { selectedAt: 7n, autoEnable: false, allowed: new Set(), revoked: new Set() },
    }));

  test('that what is named is offered alone', () =>
    expect(connectedDecisions({ ...nothing, named: ['a', 'b', 'a'] }, 7n).access).toEqual({
      selectedAt: 0n,
      autoEnable: false,
      allowed: new Set(['a', 'b']),
      revoked: new Set(),
    }));

  test('that nothing is offered, where only what is named is wanted and nothing is', () =>
    expect(connectedDecisions({ ...nothing, onlyNamed: true }, 7n)).toEqual(NOTHING_DECIDED));

  test('that all is auto-enabled, and what is custom', () => {
    const mine = customModel('mine');
    const decisions = connectedDecisions({ ...nothing, custom: [mine], autoEnable: true }, 7n);
    expect(decisions.access.autoEnable).toBe(true);
    expect(decisions.customModels).toEqual(new Map([['mine', mine]]));
  });

  test('nothing of what cannot be', () => {
    expect(wantedModelsFaults({ ...nothing, named: ['a', ''], custom: [customModel('')] })).toEqual([
      { field: 'custom_models[0].name', description: 'must have 1 to 256 characters' },
      { field: 'models[1]', description: 'must have 1 to 256 characters' },
    ]);
    const many = Array.from({ length: MODEL_NAMES_MAX + 1 }, (_, index) => `m${index}`);
    expect(wantedModelsFaults({ ...nothing, named: many })).toEqual([
      { field: 'models', description: 'must have at most 500 names' },
    ]);
    expect(wantedModelsFaults({ ...nothing, named: many.slice(1) })).toEqual([]);
  });
});
