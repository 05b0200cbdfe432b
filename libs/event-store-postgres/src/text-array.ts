/** OID of text. */
const TEXT = 25;
const HEADER_BYTES = 20;

/**
 * A text[] in the form that Postgres receives in binary. In the driver's own form each quote of each JSON document is
 * escaped here and unescaped there, which at twenty events per append costs as much as spelling them does.
 */
export const textArray = (values: readonly string[]): Buffer => {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const array = Buffer.allocUnsafe(lengths.reduce((bytes, length) => bytes + 4 + length, HEADER_BYTES));
  // One dimension, no nulls, of texts, so many, counted from 1.
  let offset = 0;
  for (const value of [1, 0, TEXT, values.length, 1]) offset = array.writeInt32BE(value, offset);
  for (const [index, value] of values.entries()) {
    offset = array.writeInt32BE(lengths[index] as number, offset);
    offset += array.write(value, offset, 'utf8');
  }
  return array;
};
