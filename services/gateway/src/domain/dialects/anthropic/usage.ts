import type { Usage } from '../../usage';
import { countOf, objectOf } from '../../json-values';
import { searchesIn, serviceTierIn } from '../told-usage';

/**
 * The usage of a message; undefined where it tells none. Anthropic's `input_tokens` are those that were neither read from
 * its cache nor written there. Source: its documentation of prompt caching.
 */
export const anthropicUsageIn = (answer: unknown): Usage | undefined => {
  const usage = objectOf(objectOf(answer)['usage']);
  const fresh = countOf(usage['input_tokens']);
  const output = countOf(usage['output_tokens']);
  if (fresh === undefined || output === undefined) return undefined;
  const cached = countOf(usage['cache_read_input_tokens']) ?? 0;
  const kept = objectOf(usage['cache_creation']);
  const hour = countOf(kept['ephemeral_1h_input_tokens']) ?? 0;
  const minutes = countOf(kept['ephemeral_5m_input_tokens']) ?? 0;
  const written = Math.max(countOf(usage['cache_creation_input_tokens']) ?? 0, hour + minutes);
  return {
    inputTokens: fresh + cached + written,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    cacheWriteHourTokens: hour,
    ...searchesIn(usage),
    ...serviceTierIn(usage['service_tier']),
  };
};
