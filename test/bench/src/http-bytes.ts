/** Where the head of a message ends. */
export const HEAD_END = '\r\n\r\n';

/** The length that the head of a message gives its body; undefined where it comes in chunks, or has none. */
export const lengthIn = (head: string): number | undefined => {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return found === undefined ? undefined : Number(found);
};
