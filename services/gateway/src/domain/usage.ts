/** What the provider says it counted. Cached and written input are part of the input, reasoning of the output. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  /** Written to the provider's cache, for minutes or for an hour. */
  readonly cacheWriteTokens: number;
  /** Of those: the ones that are kept for an hour. Absent when the provider does not say, as are all below. */
  readonly cacheWriteHourTokens?: number;
  readonly reasoningTokens?: number;
  /** Of the input, the cached ones included, and of the output. */
  readonly audioInputTokens?: number;
  readonly cachedAudioInputTokens?: number;
  readonly imageInputTokens?: number;
  readonly cachedImageInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageOutputTokens?: number;
  /** Searches that the provider made for the answer. */
  readonly searches?: number;
  /** The service tier that it served, in its words. */
  readonly serviceTier?: string;
}

/**
 * Of two that one answer told, what counts: counts run from the beginning, so that a smaller input, or output, is no later truth. Each
 * is told with its parts.
 */
export const laterUsage = (before: Usage | undefined, now: Usage): Usage => {
  if (!before || (now.inputTokens >= before.inputTokens && now.outputTokens >= before.outputTokens))
    return now;
  const [input, output] = [
    now.inputTokens < before.inputTokens ? before : now,
    now.outputTokens < before.outputTokens ? before : now,
  ];
  const { outputTokens, reasoningTokens, audioOutputTokens, imageOutputTokens } = output;
  const { searches = before.searches, serviceTier = before.serviceTier } = now;
  return {
    ...withoutOutput(input),
    outputTokens,
    ...(reasoningTokens !== undefined && { reasoningTokens }),
    ...(audioOutputTokens !== undefined && { audioOutputTokens }),
    ...(imageOutputTokens !== undefined && { imageOutputTokens }),
    ...(searches !== undefined && { searches }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
};

const withoutOutput = ({
  outputTokens: _output,
  reasoningTokens: _reasoning,
  audioOutputTokens: _audio,
  imageOutputTokens: _images,
  ...rest
}: Usage): Omit<Usage, 'outputTokens'> => rest;

/**
 * The usage of an answer to what was sent on as it came. What is written to a cache may all be for the hour that was asked for:
 * OpenRouter does not tell how much of it is.
 */
export const usageAsAsked = (usage: Usage, keepsHour: boolean): Usage =>
  keepsHour && usage.cacheWriteTokens > 0 && usage.cacheWriteHourTokens === undefined
    ? { ...usage, cacheWriteHourTokens: usage.cacheWriteTokens }
    : usage;

/** Of what costs nothing. */
export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
};
