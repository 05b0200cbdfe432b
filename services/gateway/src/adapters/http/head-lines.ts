/** No more than Node's own, in bytes. */
export const HEAD_BYTES_MAX = 16 * 1_024;
export const HEAD_END = '\r\n\r\n';

/** 1 for a character of a name (RFC 9110 §5.6.2). */
const IN_NAMES = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  IN_NAMES[character.charCodeAt(0)] = 1;

/** Of a character, as its code: whether names are made of it. */
export const isOfName = (code: number): boolean => IN_NAMES[code] === 1;

/** Where a line of a head ends, which has no end of its own. */
export const lineEndIn = (text: string, from: number): number => {
  const at = text.indexOf('\r\n', from);
  return at < 0 ? text.length : at;
};

/** Where the colon is behind a name; undefined where there is something else, or nothing, before it. */
export const nameEndIn = (text: string, from: number, to: number): number | undefined => {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) return at > from ? at : undefined;
    if (!isOfName(code)) return undefined;
  }
  return undefined;
};
