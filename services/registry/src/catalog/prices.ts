import { type NanoUsdPerMillion, parseUsd } from '@gatehouse/kernel';
import type { Model } from '../domain/integration/model';

/** Dollars per million tokens, as providers publish them: `0.25`. */
const price = (usd: string): NanoUsdPerMillion => parseUsd(usd) as bigint as NanoUsdPerMillion;

/** A model of the catalog, its prices in dollars per million tokens. */
export const model = (
  name: string,
  {
    input,
    output,
    ...optional
  }: { input: string; output: string; cachedInput?: string; cacheWrite?: string },
  { maxOutputTokens, contextWindow }: { maxOutputTokens: bigint; contextWindow: bigint },
): Model => ({
  name,
  inputPrice: price(input),
  outputPrice: price(output),
  ...(optional.cachedInput !== undefined && { cachedInputPrice: price(optional.cachedInput) }),
  ...(optional.cacheWrite !== undefined && { cacheWritePrice: price(optional.cacheWrite) }),
  maxOutputTokens,
  contextWindow,
});
