import type { Quirks } from '../../quirks';
import { NO_USAGE, type Usage } from '../../usage';
import { countOf, firstOf, isObject, type Json, objectOf, valueAt } from '../../json-values';
import { searchesIn, serviceTierIn } from '../told-usage';

type UsagePlaces = Pick<Quirks, 'usagePaths' | 'cachedInputPaths' | 'reasoningOutsideOutput'>;

/** The usage that an answer, or an event of a stream, tells; undefined where it tells none. */
export const openaiUsageIn = (answer: unknown, quirks: UsagePlaces): Usage | undefined => {
  for (const path of quirks.usagePaths) {
    const usage = usageOf(valueAt(answer, path), quirks);
    if (usage) return { ...usage, ...serviceTierIn(objectOf(answer)['service_tier']) };
  }
  return undefined;
};

/** The same of what only reads: some servers tell the input alone, or the total, which is the input then. */
export const openaiInputUsageIn = (answer: unknown, quirks: UsagePlaces): Usage | undefined =>
  openaiUsageIn(answer, quirks) ?? inputUsageOf(objectOf(objectOf(answer)['usage']));

const inputUsageOf = (usage: Json): Usage | undefined => {
  const inputTokens = inputOf(usage) ?? countOf(usage['total_tokens']);
  return inputTokens === undefined ? undefined : { ...NO_USAGE, inputTokens };
};

/**
 * The `usage` of an answer; undefined when it is missing or says nothing usable. An explicit 0 is a count. Some providers
 * leave reasoning out of the output, or what they had in their cache out of the input; most of them neither out of the total. What
 * was read for an answer beside its prompt is input, and in neither.
 */
const usageOf = (value: unknown, places: UsagePlaces): Usage | undefined => {
  const usage = objectOf(value);
  const total = countOf(usage['total_tokens']);
  const told = inputOf(usage);
  if (told === undefined) return undefined;
  const completion =
    firstOf(usage, COMPLETION) ?? (total === undefined ? undefined : Math.max(0, total - told));
  if (completion === undefined) return undefined;
  const cachedTold = firstOf(usage, CACHED) ?? firstOf(usage, places.cachedInputPaths) ?? 0;
  const reasoning = firstOf(usage, REASONING);
  // What is larger than the whole is no part of it.
  const apart = cachedTold > told || (cachedTold !== reasoning && total === told + cachedTold + completion);
  const input = apart ? told + cachedTold : told;
  const cached = Math.min(input, cachedTold);
  const { reasoningOutsideOutput } = places;
  const leftOut = reasoningOutsideOutput && (total === undefined || total === input + completion);
  const outside = reasoning !== undefined && (leftOut || reasoning > completion) ? reasoning : 0;
  const read = input + (countOf(usage['citation_tokens']) ?? 0);
  return {
    inputTokens: read,
    outputTokens: Math.max(completion + outside, (total ?? 0) - read),
    cachedInputTokens: cached,
    cacheWriteTokens: Math.min(firstOf(usage, WRITTEN) ?? 0, input - cached),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
    ...mediaIn(usage),
    ...searchesIn(usage),
  };
};

/** Where it tells what of the tokens was audio or images. */
const MEDIA = {
  audioInputTokens: ['prompt_tokens_details.audio_tokens'],
  cachedAudioInputTokens: ['prompt_tokens_details.cached_tokens_details.audio_tokens'],
  imageInputTokens: ['prompt_tokens_details.image_tokens'],
  cachedImageInputTokens: ['prompt_tokens_details.cached_tokens_details.image_tokens'],
  audioOutputTokens: ['completion_tokens_details.audio_tokens'],
  imageOutputTokens: ['completion_tokens_details.image_tokens'],
} as const satisfies Partial<Record<keyof Usage, readonly string[]>>;

const mediaIn = (usage: Json): Partial<Usage> => {
  if (!isObject(usage['prompt_tokens_details']) && !isObject(usage['completion_tokens_details'])) return {};
  const told: Partial<Record<keyof typeof MEDIA, number>> = {};
  for (const name of Object.keys(MEDIA) as (keyof typeof MEDIA)[]) {
    const count = firstOf(usage, MEDIA[name]);
    if (count !== undefined && count > 0) told[name] = count;
  }
  return told;
};

const PROMPT = ['prompt_tokens', 'input_tokens'];
const COMPLETION = ['completion_tokens', 'output_tokens', 'predicted_n'];
const CACHED = ['prompt_tokens_details.cached_tokens', 'input_tokens_details.cached_tokens', 'cache_n'];
const WRITTEN = ['prompt_tokens_details.cache_write_tokens'];
const REASONING = [
  ...['completion_tokens_details.reasoning_tokens', 'output_tokens_details.reasoning_tokens'],
  'reasoning_tokens',
];

/** llama.cpp's timings leave what it had in its cache out of the prompt. */
const inputOf = (usage: Json): number | undefined => {
  const prompt = firstOf(usage, PROMPT);
  if (prompt !== undefined) return prompt;
  const processed = countOf(usage['prompt_n']);
  return processed === undefined ? undefined : processed + (countOf(usage['cache_n']) ?? 0);
};
