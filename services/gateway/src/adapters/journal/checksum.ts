import { crc32 } from 'node:zlib';

/** Zlib is slow to begin, and quicker from there on: of longer ones it has the checksum sooner. */
const OWN_BYTES_MAX = 1_024;
const AT_ONCE = 16;

/** A row for each of the bytes that are taken at once: what one does to the checksum with so many behind it. */
const ROWS = ((): Int32Array => {
  const rows = new Int32Array(256 * AT_ONCE);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    rows[byte] = sum;
  }
  for (let at = 256; at < rows.length; at++) {
    const before = rows[at - 256] as number;
    rows[at] = (before >>> 8) ^ (rows[before & 0xff] as number);
  }
  return rows;
})();

const inRow = (behind: number, byte: number): number => ROWS[(behind << 8) + byte] as number;

/** The CRC-32 of a part of some bytes, as zlib has it: a call has two entries, and by zlib theirs are a microsecond. */
export const checksumOf = (bytes: Uint8Array, from: number, to: number): number => {
  if (to - from > OWN_BYTES_MAX) return crc32(bytes.subarray(from, to));
  const byte = (at: number): number => bytes[at] as number;
  let sum = -1;
  let at = from;
  // Written out, since a loop takes half as long again.
  for (; at + AT_ONCE <= to; at += AT_ONCE) {
    sum =
      inRow(15, (sum ^ byte(at)) & 0xff) ^
      inRow(14, ((sum >>> 8) ^ byte(at + 1)) & 0xff) ^
      inRow(13, ((sum >>> 16) ^ byte(at + 2)) & 0xff) ^
      inRow(12, (sum >>> 24) ^ byte(at + 3)) ^
      inRow(11, byte(at + 4)) ^
      inRow(10, byte(at + 5)) ^
      inRow(9, byte(at + 6)) ^
      inRow(8, byte(at + 7)) ^
      inRow(7, byte(at + 8)) ^
      inRow(6, byte(at + 9)) ^
      inRow(5, byte(at + 10)) ^
      inRow(4, byte(at + 11)) ^
      inRow(3, byte(at + 12)) ^
      inRow(2, byte(at + 13)) ^
      inRow(1, byte(at + 14)) ^
      inRow(0, byte(at + 15));
  }
  for (; at < to; at++) sum = inRow(0, (sum ^ byte(at)) & 0xff) ^ (sum >>> 8);
  return ~sum >>> 0;
};
