import {
  arePriced,
  costOfKinds,
  pricedKinds,
  type Prices,
  tariffOf,
  tariffRates,
  tariffServed,
} from '@gatehouse/offering';
import type { UsageRecord } from '../usage/usage-record';

/** What is known of an attempt beside its record. */
export interface KnownCost {
  /** What it cost by the last correction; undefined where there was none. */
  readonly corrected: bigint | undefined;
  /** Somebody has said what it cost, by an invoice or by hand. */
  readonly byHand: boolean;
}

/** What an attempt costs at other prices, nano-USD, or why that is not to be said. */
export type Rated =
  | { readonly kind: 'changed'; readonly amount: bigint }
  | { readonly kind: 'unchanged' | 'unknown' | 'unpriced' | 'adjusted' };

/**
 * A record at other prices, as the gateway would have charged it. What somebody has said outranks any price; what is not known, or only
 * estimated, is not known better by another price; what used nothing costs nothing.
 */
export const ratedAnew = (
  record: UsageRecord,
  { corrected, byHand }: KnownCost,
  prices: Prices | undefined,
): Rated => {
  if (byHand) return { kind: 'adjusted' };
  const { inputTokens, outputTokens, kinds, estimated } = record;
  if (estimated || inputTokens === undefined || outputTokens === undefined) return { kind: 'unknown' };
  if (kinds.length === 0) return { kind: inputTokens + outputTokens === 0n ? 'unchanged' : 'unknown' };
  const tariff = tariffOf(prices ? { prices } : {});
  const served = tariff && tariffServed(tariff, record.serviceTier === '' ? undefined : record.serviceTier);
  if (!served) return { kind: 'unpriced' };
  // What a call costs by itself is counted anew with them.
  const used = kinds
    .filter(({ kind }) => kind !== 'request')
    .map(({ kind, quantity }) => [kind, Number(quantity)] as const);
  if (!used.every(([, quantity]) => Number.isSafeInteger(quantity))) return { kind: 'unknown' };
  const priced = pricedKinds(used, tariffRates(served, Number(inputTokens)));
  if (!arePriced(priced)) return { kind: 'unpriced' };
  const amount = costOfKinds(priced);
  return amount === (corrected ?? record.amount) ? { kind: 'unchanged' } : { kind: 'changed', amount };
};
