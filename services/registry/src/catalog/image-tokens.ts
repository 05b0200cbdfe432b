import type { ImageTokens } from '@gatehouse/offering';
import { vendorsNameOf } from './vendors-name';

const squares = (squareSide: number, tokens: number, squaresMax: number, base = 0): ImageTokens => ({
  base,
  squareSide,
  squareMillitokens: tokens * 1_000,
  squaresMax,
});

/** Of the families that vendors publish a formula of, what an image comes to at most; the first that a name matches counts. */
const FAMILIES: readonly (readonly [RegExp, ImageTokens])[] = [
  // Squares of 512 pixels, after the image was made to fit 2,048 × 768: eight at most.
  [/^gpt-4o-mini/, squares(512, 5_667, 8, 2_833)],
  [/^gpt-4\.1-nano|^gpt-5-nano/, squares(32, 2.46, 1_536)],
  [/^gpt-4\.1-mini|^gpt-5-mini/, squares(32, 1.62, 1_536)],
  [/^o4-mini/, squares(32, 1.72, 1_536)],
  [/^(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4-turbo)/, squares(512, 170, 8, 85)],
  [/^o[13]($|-)/, squares(512, 150, 8, 75)],
  [/^gpt-5(\.1)?($|-)/, squares(512, 140, 8, 70)],
  // What they are billed by is less than what is published, or as much; the large ones see an image as it is.
  [/^gpt-5\.\d+.*-nano/, squares(32, 2.46, 10_000)],
  [/^gpt-5\.\d+/, squares(32, 1.62, 10_000)],
  // By pixels until lately, now by squares of 28: those of 27 are no fewer than either says.
  [/^claude-(3|(opus|sonnet)-4-\d{8}|[a-z]+-4-[0156]($|-)|sonnet-4-6)/, squares(27, 1, 1_600)],
  [/^claude-/, squares(27, 1, 5_000)],
  // Squares of 256 to 768 pixels, after the image was made to fit 3,072.
  [/^gemini-2\.5/, squares(256, 258, 24)],
  // By the finest resolution that can be asked for.
  [/^gemini-3/, squares(0, 0, 0, 2_240)],
];

/** What an image comes to at most for a model; undefined where no vendor says. */
export const imageTokensOf = (model: string): ImageTokens | undefined => {
  const name = vendorsNameOf(model);
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1];
};
