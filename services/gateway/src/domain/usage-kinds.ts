import type { Quantity, UsageKind } from '@gatehouse/offering';
import type { Usage } from './usage';

/**
 * What was used, each kind once: the input's kinds come to the input, the output's to the output. What a provider does not
 * tell apart stays in what it is part of; parts that exceed the whole are cut to it, in their order.
 */
export const kindsOf = (usage: Usage): readonly Quantity[] => {
  const { searches = 0 } = usage;
  const kinds: Quantity[] = [];
  split(usage.inputTokens, 'input', inputParts(usage), kinds);
  split(usage.outputTokens, 'output', outputParts(usage), kinds);
  if (searches > 0) kinds.push(['search', searches]);
  return kinds;
};

const NO_PARTS: readonly Quantity[] = [];

const inputParts = (usage: Usage): readonly Quantity[] => {
  const { cachedInputTokens: cached, cacheWriteTokens: written, cacheWriteHourTokens: hour = 0 } = usage;
  const { audioInputTokens: audio = 0, imageInputTokens: images = 0 } = usage;
  if (cached === 0 && written === 0 && audio === 0 && images === 0) return NO_PARTS;
  const cachedAudio = Math.min(usage.cachedAudioInputTokens ?? 0, cached);
  const cachedImages = Math.min(usage.cachedImageInputTokens ?? 0, cached - cachedAudio);
  return [
    ['cacheWriteHour', hour],
    ['cacheWrite', written - hour],
    ['cachedAudioInput', cachedAudio],
    ['cachedImageInput', cachedImages],
    ['cachedInput', cached - cachedAudio - cachedImages],
    ['audioInput', audio - cachedAudio],
    ['imageInput', images - cachedImages],
  ];
};

const outputParts = ({ reasoningTokens = 0, audioOutputTokens = 0, imageOutputTokens = 0 }: Usage) =>
  reasoningTokens === 0 && audioOutputTokens === 0 && imageOutputTokens === 0
    ? NO_PARTS
    : ([
        ['audioOutput', audioOutputTokens],
        ['imageOutput', imageOutputTokens],
        ['reasoning', reasoningTokens],
      ] as const);

/** Adds what is in none of the parts of a whole, and the parts behind it. */
const split = (whole: number, rest: UsageKind, parts: readonly Quantity[], kinds: Quantity[]): void => {
  if (whole <= 0) return;
  const at = kinds.length;
  kinds.push([rest, whole]);
  let left = whole;
  for (const [kind, told] of parts) {
    const quantity = Math.min(told, left);
    if (quantity <= 0) continue;
    kinds.push([kind, quantity]);
    left -= quantity;
  }
  if (left === 0) kinds.splice(at, 1);
  else if (left < whole) kinds[at] = [rest, left];
};
