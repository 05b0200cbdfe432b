import { billRoundedUp, parsePrice } from './price';

describe('prices', () => {
  it('are parsed exactly', () => {
    expect(parsePrice('0.50')).toBe(500_000_000n);
    expect(parsePrice('2')).toBe(2_000_000_000n);
    expect(parsePrice('0.000000001')).toBe(1n);
    for (const text of ['', '-1', '1e3', '.5', '0.0000000001']) expect(parsePrice(text)).toBeUndefined();
  });

  it('bill 500 nano-USD per prompt token and 2000 per completion token by default', () => {
    expect(billRoundedUp(3, 64, { input: 500_000_000n, output: 2_000_000_000n })).toBe(129_500n);
  });

  it('round a bill up once', () => {
    expect(billRoundedUp(1, 1, { input: 37_500_000n, output: 37_500_001n })).toBe(76n);
    expect(billRoundedUp(1, 1, { input: 37_500_000n, output: 37_500_000n })).toBe(75n);
    expect(billRoundedUp(0, 0, { input: 1n, output: 1n })).toBe(0n);
  });
});
