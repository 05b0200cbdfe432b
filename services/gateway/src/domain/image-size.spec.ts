import * as fc from 'fast-check';
import { imageSizeOf } from './image-size';
import { gif, jpeg, png, webp } from './testing/images';

const side = fc.integer({ min: 1, max: 16_383 });
const base64 = (bytes: Buffer): string => bytes.toString('base64');

describe('the size of an image', () => {
  it.each(Object.entries({ png, gif, jpeg, ...webp }))('is what a header says: %s', (_format, of) => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(imageSizeOf(base64(of(width, height)))).toEqual({ width, height });
      }),
    );
  });

  it('of a JPEG stands behind its preview, however far', () => {
    expect(imageSizeOf(base64(jpeg(70, 80, 60_000)))).toEqual({ width: 70, height: 80 });
    expect(imageSizeOf(base64(jpeg(70, 80, 4 * 65_000)))).toBeUndefined();
  });

  it('of a GIF is that of its first picture, where that is larger than the screen', () =>
    expect(imageSizeOf(base64(gif(10, 10, { width: 500, height: 600 })))).toEqual({
      width: 500,
      height: 600,
    }));

  it.each([
    ['nothing', ''],
    ['text', base64(Buffer.from('x'.repeat(100)))],
    ['what base64 does not have, which decoders leave out', ` ${base64(png(5, 5))}`],
    ['a header without a size', base64(png(0, 5))],
    ['a marker that hides what follows it', base64(jpeg(5, 5, 0, Buffer.from([0xff, 0xd0])))],
    ['a header that breaks off', base64(png(5, 5)).slice(0, 24)],
  ])('is not known of %s', (_what, text) => expect(imageSizeOf(text)).toBeUndefined());

  it('is never an error, whatever is there', () => {
    const heads = [png(1, 1), gif(1, 1), jpeg(1, 1), webp.lossy(1, 1)].map((one) => one.subarray(0, 16));
    const bytes = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(bytes, ([head, rest]) => {
        const size = imageSizeOf(base64(Buffer.concat([head, rest])));
        expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
