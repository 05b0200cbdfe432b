import type { Usage } from '../../usage';
import { countOf, type Json, objectOf } from '../../json-values';
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
  const thought = countOf(objectOf(usage['output_tokens_details'])['thinking_tokens']);
  const hour = countOf(kept['ephemeral_1h_input_tokens']);
  const minutes = countOf(kept['ephemeral_5m_input_tokens']) ?? 0;
  const written = Math.max(countOf(usage['cache_creation_input_tokens']) ?? 0, (hour ?? 0) + minutes);
  return {
    inputTokens: fresh + cached + written,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    ...(hour !== undefined && { cacheWriteHourTokens: hour }),
    ...(thought !== undefined && { reasoningTokens: thought }),
    ...searchesIn(usage),
    ...serviceTierIn(usage['service_tier']),
  };
};

/** What the input is told by. */
const INPUT_COUNTS = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'];
const INPUT = [...INPUT_COUNTS, 'cache_creation'];
const COUNTS: ReadonlySet<string> = new Set([...INPUT_COUNTS, 'output_tokens']);

/** What a part of the usage tells: what is null was told before, or never is, and what is no count tells none. */
export const toldIn = (part: Json): Json =>
  Object.fromEntries(
    Object.entries(part).filter(([name, value]) =>
      COUNTS.has(name) ? countOf(value) !== undefined : value !== null && value !== undefined,
    ),
  );

/**
 * What a stream has told of its usage, in parts, after one more. They count from the beginning, so that a smaller input, or output,
 * is no later truth.
 */
export const toldAfter = (before: Json, part: Json): Json => {
  const told: Record<string, unknown> = { ...before, ...toldIn(part) };
  const [was, is] = [countedIn(before), countedIn(told)];
  if (is.input < was.input) for (const name of INPUT) told[name] = before[name];
  if (is.output < was.output) told['output_tokens'] = before['output_tokens'];
  return told;
};

const countedIn = (usage: Json): { readonly input: number; readonly output: number } => {
  const { inputTokens = 0, outputTokens = 0 } =
    anthropicUsageIn({ usage: { input_tokens: 0, output_tokens: 0, ...usage } }) ?? {};
  return { input: inputTokens, output: outputTokens };
};
