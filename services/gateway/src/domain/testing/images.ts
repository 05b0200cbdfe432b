/** Images as far as their size goes: headers, and enough of nothing behind them. */
const NOTHING = Buffer.alloc(64);

const numbers = (size: 2 | 4, ...values: number[]): Buffer => {
  const bytes = Buffer.alloc(size * values.length);
  values.forEach((value, index) => bytes.writeUIntBE(value, size * index, size));
  return bytes;
};
const littleEndian = (size: 2 | 3 | 4, ...values: number[]): Buffer => {
  const bytes = Buffer.alloc(size * values.length);
  values.forEach((value, index) => bytes.writeUIntLE(value, size * index, size));
  return bytes;
};

export const png = (width: number, height: number): Buffer =>
  Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), numbers(4, width, height), NOTHING]);

export const gif = (width: number, height: number, picture = { width, height }): Buffer =>
  Buffer.concat([
    Buffer.from('GIF89a'),
    littleEndian(2, width, height),
    // A table of two colours, and what says how long the picture is shown.
    Buffer.from([0x80, 0, 0, 1, 2, 3, 4, 5, 6, 0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c]),
    littleEndian(2, 0, 0, picture.width, picture.height),
    NOTHING,
  ]);

/** @param previewBytes of what stands before the frame. */
export const jpeg = (width: number, height: number, previewBytes = 0, before = Buffer.alloc(0)): Buffer => {
  const segments: Buffer[] = [];
  for (let left = previewBytes; left > 0; left -= 60_000) {
    const bytes = Math.min(left, 60_000);
    segments.push(Buffer.from([0xff, 0xe1]), numbers(2, bytes + 2), Buffer.alloc(bytes));
  }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    before,
    ...segments,
    Buffer.from([0xff, 0xff, 0xc2, 0, 17, 8]),
    numbers(2, height, width),
    NOTHING,
  ]);
};

const riff = (kind: string, rest: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`RIFF\0\0\0\0WEBP${kind}\0\0\0\0`, 'latin1'), rest, NOTHING]);

export const webp = {
  lossy: (width: number, height: number): Buffer =>
    riff('VP8 ', Buffer.concat([Buffer.from([0, 0, 0, 0x9d, 1, 0x2a]), littleEndian(2, width, height)])),
  lossless: (width: number, height: number): Buffer =>
    riff('VP8L', Buffer.concat([Buffer.from([0x2f]), littleEndian(4, width - 1 + (height - 1) * 2 ** 14)])),
  extended: (width: number, height: number): Buffer =>
    riff('VP8X', Buffer.concat([littleEndian(4, 0), littleEndian(3, width - 1, height - 1)])),
};
