import { textAt } from './body';

/** The longest that a number comes out that is printed as short as can be: `-0.0000012345678901234567`. */
const PRINTED_BYTES_MAX = 25;
/** Of so many characters, a number without an exponent comes out no longer; beyond it may be rounded up by a digit. */
const EXACT_BYTES = 15;

const NINE = 0x39;
const LETTER_E = 0x65;
const LOWER_CASE = 0x20;

/** Bytes by which the scalar that stands there may come out longer where it is parsed and printed anew. */
export const growthAt = (body: Buffer, start: number, end: number): number => {
  if ((body[start] as number) > NINE) return 0;
  for (let at = start + 1; at < end; at++) {
    if (((body[at] as number) | LOWER_CASE) === LETTER_E) return growthOf(end - start, true);
  }
  return growthOf(end - start, false);
};

const growthOf = (bytes: number, hasExponent: boolean): number => {
  if (hasExponent) return Math.max(0, PRINTED_BYTES_MAX - bytes);
  return bytes > EXACT_BYTES ? 1 : 0;
};

/** A text without any of these has no number that grows, nor a character of one in disguise: it is nines that are rounded up. */
const MAY_GROW = /\d[eE][-+\d]|9999|\\u00[2-7]/;
/** A number that stands between other tokens of JSON. */
const NUMBERS = /(?<=[[:,\s])-?\d+(?:\.\d+)?([eE][-+]?\d+)?(?=[\s,\]}])/g;

/** The same of all numbers of the JSON that is the text of the string that stands there. */
export const growthInText = (body: Buffer, start: number, end: number, escaped: boolean): number => {
  if (!MAY_GROW.test(body.toString('latin1', start, end))) return 0;
  let growth = 0;
  for (const [number, exponent] of textAt(body, start, end, escaped).matchAll(NUMBERS))
    growth += growthOf(number.length, exponent !== undefined);
  return growth;
};
