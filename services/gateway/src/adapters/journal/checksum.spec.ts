import * as fc from 'fast-check';
import { checksumOf, checksumOfBefore, viewOf } from './checksum';

const sumOf = (bytes: Uint8Array): number => checksumOf(viewOf(bytes), 0, bytes.length);

/** The bytes that xxHash tests itself with. */
const sanityBuffer = (length: number): Uint8Array => {
  let generator = 2_654_435_761n;
  return Uint8Array.from({ length }, () => {
    const byte = Number(generator >> 56n);
    generator = BigInt.asUintN(64, generator * 11_400_714_785_074_694_797n);
    return byte;
  });
};

describe('the checksum of an entry', () => {
  it.each([
    [0, 0x02cc5d05],
    [1, 0xcf65b03e],
    [14, 0x1208e7e2],
    [222, 0x5bd11dbd],
  ])('is XXH32, by what xxHash has of its own %i bytes', (length, sum) => {
    expect(sumOf(sanityBuffer(length))).toBe(sum);
  });

  it.each([
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('is XXH32 of %s', (text, sum) => expect(sumOf(Buffer.from(text))).toBe(sum));

  it('is of a part of bytes what it is of that part by itself, and another where a bit of it is', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 3_000, size: 'max' }),
        fc.nat(40),
        fc.nat(40),
        fc.nat(),
        (part, before, behind, bit) => {
          const bytes = Buffer.concat([Buffer.alloc(before, 1), part, Buffer.alloc(behind, 2)]);
          expect(checksumOf(viewOf(bytes), before, before + part.length)).toBe(sumOf(part));
          const other = Uint8Array.from(part);
          other[(bit >>> 3) % part.length]! ^= 1 << (bit & 7);
          expect(sumOf(other)).not.toBe(sumOf(part));
        },
      ),
      { numRuns: 500 },
    ));

  it('was CRC-32 in the version before', () => {
    expect(checksumOfBefore(Buffer.from('abc'))).toBe(0x352441c2);
  });
});
