/** Ids of the types that elements have. */
const TYPES = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25, date: 1082, timestamptz: 1184 };

/** One dimension, whether any is NULL, the elements' type; then their number, and that they are counted from 1. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
/** The length of an element that is NULL. */
const NULL_LENGTH = -1;

/** Dates and times are counted from here. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;

/**
 * A `text[]` as Postgres reads it in binary, which `pg` hands over as it is. Written as text each element is quoted, and bytes
 * become twice as many digits: that takes longer than all else that is done to publish a message, in the server too. Undefined is NULL.
 */
export const textArray = (texts: readonly (string | undefined)[]): Buffer =>
  arrayOf(
    TYPES.text,
    texts,
    (text) => Buffer.byteLength(text),
    (array, text, at) => void array.write(text, at),
  );

/** A `bytea[]`, likewise. */
export const byteaArray = (values: readonly Uint8Array[]): Buffer =>
  arrayOf(
    TYPES.bytea,
    values,
    ({ length }) => length,
    (array, value, at) => array.set(value, at),
  );

/** An `integer[]`, likewise; undefined is NULL. Throws for what is no integer of 32 bits. */
export const int4Array = (values: readonly (number | undefined)[]): Buffer =>
  arrayOf(
    TYPES.int4,
    values,
    () => 4,
    (array, value, at) => void array.writeInt32BE(value, at),
  );

/** A `bigint[]`, likewise; undefined is NULL. Throws for what does not fit 64 bits. */
export const int8Array = (values: readonly (bigint | undefined)[]): Buffer =>
  arrayOf(
    TYPES.int8,
    values,
    () => 8,
    (array, value, at) => void array.writeBigInt64BE(value, at),
  );

/** A `boolean[]`, likewise. */
export const booleanArray = (values: readonly boolean[]): Buffer =>
  arrayOf(
    TYPES.bool,
    values,
    () => 1,
    (array, value, at) => void array.writeUInt8(value ? 1 : 0, at),
  );

/** A `timestamptz[]`, likewise. */
export const timestampArray = (times: readonly Date[]): Buffer =>
  arrayOf(
    TYPES.timestamptz,
    times,
    () => 8,
    (array, time, at) => void array.writeBigInt64BE(BigInt(time.getTime() - EPOCH_MS) * 1_000n, at),
  );

/** A `date[]`, likewise: the day of each time in UTC. */
export const dateArray = (times: readonly Date[]): Buffer =>
  arrayOf(
    TYPES.date,
    times,
    () => 4,
    (array, time, at) => void array.writeInt32BE(Math.floor((time.getTime() - EPOCH_MS) / DAY_MS), at),
  );

const arrayOf = <Value>(
  type: number,
  values: readonly (Value | undefined)[],
  lengthOf: (value: Value) => number,
  write: (array: Buffer, value: Value, at: number) => void,
): Buffer => {
  const lengths = values.map((value) => (value === undefined ? NULL_LENGTH : lengthOf(value)));
  const bytes = lengths.reduce((sum, length) => sum + LENGTH_BYTES + Math.max(0, length), HEAD_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  const hasNull = lengths.includes(NULL_LENGTH) ? 1 : 0;
  for (const [index, word] of [1, hasNull, type, lengths.length, 1].entries())
    array.writeInt32BE(word, index * 4);
  let at = HEAD_BYTES;
  for (const [index, length] of lengths.entries()) {
    at = array.writeInt32BE(length, at);
    const value = values[index];
    if (value === undefined) continue;
    write(array, value, at);
    at += length;
  }
  return array;
};
