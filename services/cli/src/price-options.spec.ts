import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTiers, pricesOf } from './price-options';

const none = { input: undefined, output: undefined, cachedInput: undefined, cacheWrite: undefined };

describe('prices on a command line', () => {
  test('are none where nothing is said, and 0 where 0 is', () => {
    expect(pricesOf({})).toBeUndefined();
    expect(pricesOf({ input: '0' })).toMatchObject({ rates: { input: 0n, output: undefined }, tiers: [] });
  });

  test('have the tiers of a file, which cost what is below them where they say nothing', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-tiers-'));
    const file = join(directory, 'tiers.json');
    writeFileSync(file, '[{"above": 200000, "rates": {"input": "5", "cached_input": 0.125}}]');
    expect(pricesOf({ input: '2.5', output: '10', tiers: file })).toMatchObject({
      rates: { input: 2_500_000_000n, output: 10_000_000_000n },
      tiers: [
        {
          inputTokensAbove: 200_000n,
          rates: { input: 5_000_000_000n, output: 10_000_000_000n, cachedInput: 125_000_000n },
        },
      ],
    });
    rmSync(directory, { recursive: true });
  });

  test.each([
    '',
    '{}',
    '[1]',
    '[{"above": 1}]',
    '[{"above": "1", "rates": {}}]',
    '[{"above": 1.5, "rates": {}}]',
    '[{"above": 0, "rates": {}}]',
    '[{"above": 1, "rates": {"inputs": 1}}]',
    '[{"above": 1, "rates": {"toString": 1}}]',
    '[{"above": 1, "rates": {"input": true}}]',
    '[{"above": 1, "rates": {}, "more": 1}]',
  ])('are not tiers: %s', (text) => expect(() => parseTiers(text, none)).toThrow('TIERS_MALFORMED'));

  test.each(['-1', '1e-7', '1,5'])('are not dollars: %s', (usd) => {
    const text = JSON.stringify([{ above: 1, rates: { input: usd } }]);
    expect(() => parseTiers(text, none)).toThrow('INVALID');
  });
});
