import { enumWords } from '@gatehouse/proto-gen';
import { z } from 'zod';

/**
 * An enum of the gRPC APIs by the words that our own routes have for it, those of {@link enumWords}: `of` answers null for
 * UNSPECIFIED, and for what is newer than this.
 */
export const wordsOf = <Values extends Record<string, string | number>>(values: Values) => {
  const byWord: Readonly<Record<string, Values[keyof Values]>> = enumWords(values);
  type Word = Extract<keyof ReturnType<typeof enumWords<Values>>, string>;
  const words = Object.keys(byWord) as [Word, ...Word[]];
  const byValue = new Map(words.map((word) => [byWord[word], word]));
  return {
    schema: z.enum(words),
    of: (value: Values[keyof Values]): Word | null => byValue.get(value) ?? null,
    valueOf: (word: Word): Values[keyof Values] => byWord[word] as Values[keyof Values],
  };
};
