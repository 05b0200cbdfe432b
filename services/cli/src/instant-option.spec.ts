import { parseInstant } from './instant-option';

describe('an instant on a command line', () => {
  it.each([
    ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00+01:00', '2026-12-24T17:00:00.000Z'],
    ['2026-12-24', '2026-12-24T00:00:00.000Z'],
  ])('%s', (text, instant) => expect(parseInstant(text).toISOString()).toBe(instant));

  // Without an offset it would be the machine's own time.
  it.each(['tomorrow', '', '2026-13-01', '2026-12-24T18:00', '24.12.2026'])('is not %p', (text) =>
    expect(() => parseInstant(text)).toThrow('TIME_MALFORMED'),
  );
});
