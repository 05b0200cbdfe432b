/** What is larger is not copied once more. */
export const ONE_PIECE_BYTES_MAX = 64 * 1_024;
export const LAST_CHUNK = '0\r\n\r\n';

/** As one chunk of a body in chunks, to be written as text of one byte a letter. */
export const framed = (chunk: Buffer): string =>
  `${chunk.length.toString(16)}\r\n${chunk.toString('latin1')}\r\n`;
