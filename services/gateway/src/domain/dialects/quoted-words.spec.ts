import * as fc from 'fast-check';
import { QuotedWords } from './quoted-words';

const WORDS = ['a', 'ab', 'ba', ''];

describe('words in quotes', () => {
  const text = fc.string({ unit: fc.constantFrom('"', 'a', 'b', '\\', ':'), maxLength: 60 });

  it('are found where a search for each finds them, first and last', () => {
    fc.assert(
      fc.property(text, (written) => {
        const bytes = Buffer.from(written);
        const { first, last } = new QuotedWords(WORDS).endsIn(bytes);
        const searched = (at: number, word: string): number => (at < 0 ? -1 : at + word.length + 2);
        expect([...first]).toEqual(WORDS.map((word) => searched(bytes.indexOf(`"${word}"`), word)));
        expect([...last]).toEqual(WORDS.map((word) => searched(bytes.lastIndexOf(`"${word}"`), word)));
      }),
    );
  });

  it('are forgotten when others are looked for', () => {
    const words = new QuotedWords(WORDS);
    expect([...words.endsIn(Buffer.from('"ba" "ba"')).first]).toEqual([-1, -1, 4, -1]);
    expect([...words.endsIn(Buffer.from('"ab"')).last]).toEqual([-1, 4, -1, -1]);
  });
});
