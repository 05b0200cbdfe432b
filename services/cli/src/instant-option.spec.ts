import { parseInstant } from './instant-option';

describe('an instant on a command line', () => {
  it.each([
    ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00+01:00', '2026-12-24T17:00:00.000Z'],
    ['2026-12-24', '2026-12-24T00:00:00.000Z'],
  ])('%s', (text, instant) => expect(parseInstant(text).toISOString()).toBe(instant));

  // Without an offset it would be the machine's own time.
  it.each(['tomorrow', '', '1', '2026-13-01', '2026-12-24T18:00', '24.12.2026', '12/24/2026'])(
    'is not %p',
    (text) => expect(() => parseInstant(text)).toThrow('TIME_MALFORMED'),
  );

  it.each(['2027-02-29', '2027-02-30', '2026-11-31', '2027-02-30T18:00:00Z', '2027-02-30T18:00+01:00'])(
    'is on a day that there is, and so not %p',
    (text) => expect(() => parseInstant(text)).toThrow('TIME_MALFORMED'),
  );

  it('is on the day that leap years have', () =>
    expect(parseInstant('2028-02-29').toISOString()).toBe('2028-02-29T00:00:00.000Z'));
});
