/** Ids of the types that elements have. */
const TEXT = 25;
const BYTEA = 17;
/** One dimension, no element that is NULL, the elements' type; then their number, and that they are counted from 1. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;

/**
 * A `text[]` as Postgres reads it in binary, which `pg` hands over as it is. Written as text each element is quoted, and bytes
 * become twice as many digits: that takes longer than all else that is done to publish a message, in the server too.
 */
export const textArray = (texts: readonly string[]): Buffer =>
  binaryArray(
    TEXT,
    texts.map((text) => Buffer.byteLength(text)),
    (array, index, at) => void array.write(texts[index] as string, at),
  );

/** A `bytea[]`, likewise. */
export const byteaArray = (values: readonly Uint8Array[]): Buffer =>
  binaryArray(
    BYTEA,
    values.map(({ length }) => length),
    (array, index, at) => array.set(values[index] as Uint8Array, at),
  );

const binaryArray = (
  type: number,
  lengths: readonly number[],
  write: (array: Buffer, index: number, at: number) => void,
): Buffer => {
  const bytes = lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, HEAD_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  for (const [index, word] of [1, 0, type, lengths.length, 1].entries()) array.writeInt32BE(word, index * 4);
  let at = HEAD_BYTES;
  for (const [index, length] of lengths.entries()) {
    at = array.writeInt32BE(length, at);
    write(array, index, at);
    at += length;
  }
  return array;
};
