import type { Tokenizer } from '@gatehouse/offering';
import { vendorsNameOf } from './vendors-name';

/** Of the families whose vendor publishes its encoding, which one it is; the first that a name matches counts. */
const FAMILIES: readonly (readonly [RegExp, Tokenizer])[] = [
  [/^(chatgpt-4o|gpt-4o|gpt-4\.[15]|gpt-5|gpt-oss|o[134]($|-))/, 'o200k_base'],
  [/^(gpt-4($|-)|gpt-3\.5-turbo|gpt-35-turbo|text-embedding-(3|ada-002))/, 'cl100k_base'],
];

/** How the text of a model becomes tokens; undefined where no vendor says. */
export const tokenizerOf = (model: string): Tokenizer | undefined => {
  const name = vendorsNameOf(model);
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1];
};
