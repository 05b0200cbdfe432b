import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { checksumOf } from './checksum';

describe('the checksum of an entry', () => {
  it('is that of zlib, of any part of any bytes', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3_000, size: 'max' }),
        fc.nat(40),
        fc.nat(40),
        (bytes, from, less) => {
          const to = Math.max(from, bytes.length - less);
          expect(checksumOf(bytes, from, to)).toBe(crc32(bytes.subarray(from, to)));
        },
      ),
      { numRuns: 500 },
    ));

  it.each([0, 1, 15, 16, 17, 1_024, 1_025])('is that of zlib of %s bytes', (length) => {
    const bytes = new Uint8Array(length).fill(0xff);
    expect(checksumOf(bytes, 0, length)).toBe(crc32(bytes));
  });
});
