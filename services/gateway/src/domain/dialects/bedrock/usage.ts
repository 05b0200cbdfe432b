import type { Usage } from '../../usage';
import { countOf, type Json, objectOf } from '../../json-values';
import { serviceTierIn } from '../told-usage';

/** Of what was written to the cache: what is kept for an hour. */
const hourIn = (details: unknown): number =>
  (Array.isArray(details) ? (details as unknown[]) : [])
    .map(objectOf)
    .filter(({ ttl }) => ttl === '1h')
    .reduce<number>((sum, { inputTokens }: Json) => sum + (countOf(inputTokens) ?? 0), 0);

/**
 * The usage of an answer of Converse; undefined where it tells none. Its `inputTokens` are those that were neither read from
 * the cache nor written there. Source: Bedrock's documentation of prompt caching.
 */
export const bedrockUsageIn = (answer: unknown): Usage | undefined => {
  const usage = objectOf(objectOf(answer)['usage']);
  const fresh = countOf(usage['inputTokens']);
  const output = countOf(usage['outputTokens']);
  if (fresh === undefined || output === undefined) return undefined;
  const cached = countOf(usage['cacheReadInputTokens']) ?? 0;
  const written = countOf(usage['cacheWriteInputTokens']) ?? 0;
  return {
    inputTokens: fresh + cached + written,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    cacheWriteHourTokens: Math.min(written, hourIn(usage['cacheDetails'])),
    ...serviceTierIn(objectOf(objectOf(answer)['serviceTier'])['type']),
  };
};
