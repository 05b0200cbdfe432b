import type { Quirks } from './quirks';

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

/** A count, also where it was written as text. */
const countOf = (value: unknown): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
};

/** The first that is a count. */
const firstOf = (usage: Json, paths: readonly string[]): number | undefined => {
  for (const path of paths) {
    const count = countOf(valueAt(usage, path));
    if (count !== undefined) return count;
  }
  return undefined;
};

/** What lies at a dotted path; undefined where nothing does. Places in lists are numbers. */
const valueAt = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, name) => (Array.isArray(inner) ? inner[Number(name)] : objectOf(inner)[name]),
      value,
    );

type UsagePlaces = Pick<Quirks, 'usagePaths' | 'cachedInputPaths' | 'reasoningOutsideOutput'>;

/** The usage that an answer, or an event of a stream, tells; undefined where it tells none. */
export const usageIn = (answer: unknown, quirks: UsagePlaces): Usage | undefined => {
  for (const path of quirks.usagePaths) {
    const usage = usageOf(valueAt(answer, path), quirks);
    if (usage) return usage;
  }
  return undefined;
};

/**
 * The `usage` of a chat completion; undefined when it is missing or says nothing usable. An explicit 0 is a count.
 * Some providers leave reasoning out of the completion tokens, but never out of the total.
 */
const usageOf = (
  value: unknown,
  { cachedInputPaths, reasoningOutsideOutput }: UsagePlaces,
): Usage | undefined => {
  const usage = objectOf(value);
  const input = inputOf(usage);
  const completion = firstOf(usage, ['completion_tokens', 'output_tokens', 'predicted_n']);
  if (input === undefined || completion === undefined) return undefined;
  const total = countOf(usage['total_tokens']);
  const cached = Math.min(input, firstOf(usage, [...CACHED, ...cachedInputPaths]) ?? 0);
  const written = firstOf(usage, ['prompt_tokens_details.cache_write_tokens']) ?? 0;
  const reasoning = firstOf(usage, REASONING);
  const outside = reasoningOutsideOutput && total === undefined ? (reasoning ?? 0) : 0;
  return {
    inputTokens: input,
    outputTokens: Math.max(completion + outside, (total ?? 0) - input),
    cachedInputTokens: cached,
    cacheWriteTokens: Math.min(written, input - cached),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
};

const CACHED = ['prompt_tokens_details.cached_tokens', 'cache_n'];
const REASONING = ['completion_tokens_details.reasoning_tokens', 'reasoning_tokens'];

/** llama.cpp's timings leave what it had in its cache out of the prompt. */
const inputOf = (usage: Json): number | undefined => {
  const prompt = firstOf(usage, ['prompt_tokens', 'input_tokens']);
  if (prompt !== undefined) return prompt;
  const processed = countOf(usage['prompt_n']);
  return processed === undefined ? undefined : processed + (countOf(usage['cache_n']) ?? 0);
};
