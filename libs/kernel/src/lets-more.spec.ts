import { accessLetsMore, type Bound, limitsLetMore } from './lets-more';
import type { ResetRule } from './limit';

const at = new Date('2026-11-26T12:00:00Z');
const [soon, later] = [new Date('2026-11-27T00:00:00Z'), new Date('2026-12-01T00:00:00Z')];
const budget = (
  amount: bigint,
  more: Partial<Extract<Bound, { unit: 'tokens'; kind: 'budget' }>> = {},
): Bound => ({
  kind: 'budget',
  unit: 'tokens',
  amount,
  reset: { period: 'monthly' },
  strict: true,
  ...more,
});
const rate = (amount: bigint): Bound => ({ kind: 'rate', unit: 'requests', amount, window: 'hour' });

describe('limits that take the place of others let more', () => {
  it.each<[string, readonly Bound[], readonly Bound[], boolean]>([
    ['nothing for nothing', [], [], false],
    ['another limit beside', [rate(1n)], [budget(1n), rate(1n)], false],
    ['one that is gone', [budget(1n), rate(1n)], [rate(1n)], true],
    ['a greater amount', [rate(1n)], [rate(2n)], true],
    ['a smaller amount', [rate(2n)], [rate(1n)], false],
    ['a budget that keeps no doubt', [budget(1n)], [budget(1n, { strict: false })], true],
    ['a raise', [budget(1n)], [budget(1n, { raise: { more: 1n, until: soon } })], true],
    ['a raise that has ended', [budget(1n)], [budget(1n, { raise: { more: 1n, until: at } })], false],
    [
      'a raise that ends later',
      [budget(1n, { raise: { more: 1n, until: soon } })],
      [budget(1n, { raise: { more: 1n, until: later } })],
      true,
    ],
    [
      'an amount as great as it was raised to, for ever',
      [budget(1n, { raise: { more: 1n, until: soon } })],
      [budget(2n)],
      true,
    ],
    [
      'no raise and less',
      [budget(3n, { raise: { more: 1n, until: soon } })],
      [budget(2n, { raise: { more: 2n, until: soon } })],
      false,
    ],
  ])('%s', (_what, before, after, more) => expect(limitsLetMore(before, after, at)).toBe(more));

  const days = (everyDays: number): ResetRule => ({ period: 'days', everyDays });
  it.each<[ResetRule, ResetRule, boolean]>([
    [{ period: 'monthly' }, { period: 'weekly' }, true],
    [{ period: 'weekly' }, { period: 'monthly' }, true],
    [{ period: 'weekly' }, days(7), true],
    [{ period: 'weekly' }, { period: 'never' }, false],
    [{ period: 'never' }, { period: 'monthly' }, true],
    [days(2), days(4), false],
    [days(2), { period: 'days', everyDays: 4, timeZone: 'Europe/Berlin' }, true],
    [{ period: 'weekly', weekday: 'sunday' }, { period: 'weekly', timeZone: 'UTC' }, false],
    [{ period: 'weekly' }, { period: 'weekly', weekday: 'monday' }, true],
    [{ period: 'monthly', timeZone: 'Asia/Tokyo' }, { period: 'monthly' }, true],
    [{ period: 'monthly', timeZone: 'Asia/Tokyo' }, { period: 'never' }, false],
    [days(4), days(2), true],
    [days(4), days(6), true],
  ])('by another period: %j, then %j', (before, after, more) =>
    expect(limitsLetMore([budget(1n, { reset: before })], [budget(1n, { reset: after })], at)).toBe(more),
  );
});

describe('models that take the place of others let more', () => {
  const named = (...names: string[]) => ({ all: false, names }) as const;
  it.each([
    [named('a'), named('a', 'b'), true],
    [named('a', 'b'), named('b'), false],
    [named('a'), named('b'), true],
    [named('a'), { all: true } as const, true],
    [{ all: true } as const, named('a'), false],
    [{ all: true } as const, { all: true } as const, false],
  ])('%j, then %j', (before, after, more) => expect(accessLetsMore(before, after)).toBe(more));
});
