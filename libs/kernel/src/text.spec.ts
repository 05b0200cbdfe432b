import { hasSteeringCharacters } from './text';

describe('hasSteeringCharacters', () => {
  it.each([
    '\u0000',
    '\n',
    '\u007f',
    '\u0085',
    '\u009b',
    '\u061c',
    '\u200f',
    '\u2028',
    '\u202e',
    '\u2066',
    '\u2069',
  ])('finds %j', (character) => expect(hasSteeringCharacters(`Search${character}team`)).toBe(true));

  it.each(['Search team', 'Größe 3', '検索チーム', 'צוות החיפוש', 'فريق البحث', '👩‍💻', 'a\u00a0b', ''])(
    'lets %j be',
    (text) => expect(hasSteeringCharacters(text)).toBe(false),
  );
});
