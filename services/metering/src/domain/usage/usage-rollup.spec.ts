import { ripeBefore } from './usage-rollup';

describe('what was counted lately is ripe', () => {
  it.each([
    ['10:06:00', '10:05:00'],
    ['10:05:59', '10:00:00'],
    ['10:10:59', '10:05:00'],
    ['10:11:00', '10:10:00'],
  ])('at %s where its minute is before %s', (now, before) => {
    expect(ripeBefore(new Date(`2026-11-10T${now}Z`))).toEqual(new Date(`2026-11-10T${before}Z`));
  });
});
