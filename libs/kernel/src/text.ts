/**
 * Characters that steer whoever shows a text instead of being shown: control characters (C0, C1, line and paragraph
 * separators), bidirectional marks, embeddings, overrides and isolates (Unicode's Bidi_Control), and interlinear
 * annotations. With them one name can look like another, or move a terminal's cursor.
 */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/;

/** Whether a text has characters that no name and no reason may have. */
export const hasSteeringCharacters = (text: string): boolean => STEERING.test(text);

const EACH_STEERING = new RegExp(STEERING, 'g');

/** What others have said, as a terminal may show it: what would steer it stands there as `\u001b`. Lines end where they did. */
export const steeringShown = (text: string): string =>
  text.replace(EACH_STEERING, (one) =>
    one === '\n' ? one : `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What a text says in JSON; undefined where it says nothing. */
export const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
