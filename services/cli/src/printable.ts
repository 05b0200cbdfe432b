/** Control characters but the end of a line, and those that turn the order in which text is read. */
const STEERING = /(?!\n)[\p{Cc}\p{Bidi_Control}]/gu;

/** What others have said, as a terminal may show it: what would steer the terminal stands there as `\u001b`. */
export const printable = (text: string): string =>
  text.replace(STEERING, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
