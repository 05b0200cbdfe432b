import { parseOverlap } from './keys.command';

describe('the overlap of a rotation', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['30m', 1_800],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('%s is %d seconds', (text, seconds) => expect(parseOverlap(text)).toBe(seconds));

  it.each(['', '7', 'd', '-1d', '1w', '1.5h', '1d2h', '1234567s', '24856d'])('is not %p', (text) =>
    expect(() => parseOverlap(text)).toThrow('DURATION_MALFORMED'),
  );
});
