import { nanoUsdPerMillion } from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import { usageRecord } from '../../testing/usage-record';
import type { UsageOfKind, UsageRecord } from '../usage/usage-record';
import { type KnownCost, ratedAnew } from './rate-record';

const rate = (usdPerMillion: bigint) => nanoUsdPerMillion(usdPerMillion * 1_000_000_000n);
const prices: Prices = { rates: { input: rate(1n), output: rate(4n), reasoning: rate(8n) }, tiers: [] };
const kind = (of: UsageOfKind['kind'], quantity: bigint): UsageOfKind => ({ kind: of, quantity, rate: 0n });
const used = (more: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord({ kinds: [kind('input', 10n), kind('output', 4n), kind('reasoning', 1n)], ...more });
const NOTHING_KNOWN: KnownCost = { corrected: undefined, byHand: false };
const rated = (record: UsageRecord, of: Prices | undefined = prices, known = NOTHING_KNOWN) =>
  ratedAnew(record, known, of);

describe('rating a record anew', () => {
  it('comes to what its kinds cost, each at its own rate, rounded up once', () => {
    expect(rated(used())).toEqual({ kind: 'changed', amount: 34_000n });
    const odd = { rates: { input: nanoUsdPerMillion(1n), output: nanoUsdPerMillion(1n) }, tiers: [] };
    expect(rated(used(), odd)).toEqual({ kind: 'changed', amount: 1n });
  });

  it('counts what a call costs by itself anew, once, and not as it was', () => {
    const called = used({ kinds: [...used().kinds, kind('request', 1n)] });
    expect(rated(called)).toEqual({ kind: 'changed', amount: 34_000n });
    const dear = { ...prices, rates: { ...prices.rates, request: nanoUsdPerMillion(5_000_000_000n) } };
    expect(rated(called, dear)).toEqual({ kind: 'changed', amount: 39_000n });
  });

  it('goes by the size of the input and by the service tier that was served', () => {
    const tiers = [{ inputTokensAbove: 9n, rates: { input: rate(2n) } }];
    expect(rated(used(), { ...prices, tiers })).toEqual({ kind: 'changed', amount: 44_000n });
    const serviceTiers = new Map([['priority', { rates: { output: rate(10n) }, tiers: [] }]]);
    const priority = used({ serviceTier: 'priority' });
    expect(rated(priority, { ...prices, serviceTiers })).toEqual({ kind: 'changed', amount: 58_000n });
    expect(rated(priority)).toEqual({ kind: 'unpriced' });
    expect(rated(used({ serviceTier: 'default' }))).toEqual({ kind: 'changed', amount: 34_000n });
  });

  it('leaves what costs the same, by its record or by what was learnt of it since', () => {
    expect(rated(used({ amount: 34_000n }))).toEqual({ kind: 'unchanged' });
    expect(rated(used(), prices, { corrected: 34_000n, byHand: false })).toEqual({ kind: 'unchanged' });
    const nothing = used({ inputTokens: 0n, outputTokens: 0n, kinds: [], amount: 0n });
    expect(rated(nothing)).toEqual({ kind: 'unchanged' });
  });

  it('takes what is not known for no price, and what is estimated for nothing that is known', () => {
    expect(rated(used({ kinds: [] }))).toEqual({ kind: 'unknown' });
    expect(rated(used({ inputTokens: undefined }))).toEqual({ kind: 'unknown' });
    expect(rated(used({ estimated: true }))).toEqual({ kind: 'unknown' });
    expect(rated(used({ kinds: [kind('input', 2n ** 60n)] }))).toEqual({ kind: 'unknown' });
    expect(ratedAnew(used(), NOTHING_KNOWN, undefined)).toEqual({ kind: 'unpriced' });
    expect(rated(used(), { rates: { input: rate(1n) }, tiers: [] })).toEqual({ kind: 'unpriced' });
    const searched = used({ kinds: [...used().kinds, kind('search', 2n)] });
    expect(rated(searched)).toEqual({ kind: 'unpriced' });
    const search = { ...prices, rates: { ...prices.rates, search: rate(5_000n) } };
    expect(rated(searched, search)).toEqual({ kind: 'changed', amount: 10_034_000n });
  });

  it('leaves what somebody has said, whatever it costs by a book', () =>
    expect(rated(used(), prices, { corrected: 7n, byHand: true })).toEqual({ kind: 'adjusted' }));
});
