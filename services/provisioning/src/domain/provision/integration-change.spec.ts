import { effectOn } from './integration-change';

const now = new Date('2030-01-01T00:00:00Z');
const calling = { enabled: true };
const disabled = { enabled: false };
const expired = { enabled: true, expiresAt: now };
const expiring = { enabled: true, expiresAt: new Date(now.getTime() + 1) };

test.each([
  [calling, ['stops', 'ends', 'goesOn']],
  [expiring, ['stops', 'ends', 'goesOn']],
  [disabled, ['none', 'ends', 'none']],
  [expired, ['none', 'ends', 'none']],
])('what disabling, deleting and rotating comes to for %j', (provision, effects) => {
  expect(
    (['disable', 'delete', 'rotate'] as const).map((change) => effectOn(provision, change, now)),
  ).toEqual(effects);
});
