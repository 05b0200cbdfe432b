/** What the provider says it counted. Cached and written input are part of the input, reasoning of the output. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  /** Absent when the provider does not say. */
  readonly reasoningTokens?: number;
}

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/**
 * The `usage` of a chat completion; undefined when it is missing or says nothing usable. An explicit 0 is a count.
 * Some providers leave reasoning out of the completion tokens, but never out of the total.
 */
export const usageOf = (value: unknown): Usage | undefined => {
  const usage = objectOf(value);
  const input = countOf(usage['prompt_tokens']);
  const completion = countOf(usage['completion_tokens']);
  if (input === undefined || completion === undefined) return undefined;
  const total = countOf(usage['total_tokens']) ?? 0;
  const prompt = objectOf(usage['prompt_tokens_details']);
  const cached =
    countOf(prompt['cached_tokens']) ??
    countOf(usage['prompt_cache_hit_tokens']) ??
    countOf(usage['cached_tokens']) ??
    0;
  const written = countOf(prompt['cache_write_tokens']) ?? 0;
  const reasoning = countOf(objectOf(usage['completion_tokens_details'])['reasoning_tokens']);
  return {
    inputTokens: input,
    outputTokens: Math.max(completion, total - input),
    cachedInputTokens: Math.min(cached, input),
    cacheWriteTokens: Math.min(written, input - Math.min(cached, input)),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
};
