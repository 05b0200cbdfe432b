import type { LimitSpec } from './limit';
import { nanoUsd } from './money';
import { replaceLimits, sameLimits } from './replace-limits';

const monthly: LimitSpec = {
  kind: 'budget',
  unit: 'nanoUsd',
  amount: nanoUsd(5n),
  reset: { period: 'monthly' },
  strict: false,
};
const perMinute: LimitSpec = { kind: 'rate', unit: 'requests', amount: 10n, window: 'minute' };
const mint = (seed: string) => ({ scopeId: 'ws_1', seed });

describe('replaceLimits', () => {
  const current = replaceLimits([], [monthly, perMinute], mint('first'));

  it('mints an id for each new limit, the same for the same request', () => {
    expect(current.map(({ id }) => id)).toEqual(
      replaceLimits([], [monthly, perMinute], mint('first')).map(({ id }) => id),
    );
    expect(new Set(current.map(({ id }) => id)).size).toBe(2);
  });

  it('keeps the id of a limit of the same kind, unit and window, also where the reset rule changed', () => {
    const weekly: LimitSpec = { ...monthly, reset: { period: 'weekly' }, amount: nanoUsd(7n) };
    const changed = replaceLimits(current, [perMinute, weekly], mint('second'));
    expect(changed.map(({ id }) => id)).toEqual([current[1]?.id, current[0]?.id]);
    expect(changed[1]).toMatchObject({ reset: { period: 'weekly' }, amount: 7n });
  });

  it('keeps the id of a limit that is called otherwise, which makes it another limit', () => {
    const named = replaceLimits(current, [{ ...monthly, name: 'Ours' }, perMinute], mint('second'));
    expect(named.map(({ id }) => id)).toEqual(current.map(({ id }) => id));
    expect(sameLimits(current, named)).toBe(false);
  });

  it('gives another window a limit of its own, and a limit that comes back a new id', () => {
    const [perHour] = replaceLimits(current, [{ ...perMinute, window: 'hour' }], mint('second'));
    expect(current.map(({ id }) => id)).not.toContain(perHour?.id);
    const [again] = replaceLimits([], [monthly], mint('third'));
    expect(again?.id).not.toBe(current[0]?.id);
  });

  it('refuses two of the same kind, unit and window', () => {
    expect(() => replaceLimits([], [monthly, perMinute, { ...monthly, strict: true }], mint('r'))).toThrow(
      'limits[2]: bounds the same kind, unit and window as limits[0]',
    );
  });

  it('tells equal lists from others', () => {
    expect(sameLimits(current, replaceLimits(current, [monthly, perMinute], mint('second')))).toBe(true);
    expect(sameLimits(current, replaceLimits(current, [monthly], mint('second')))).toBe(false);
  });
});
