/** In pixels, both at least 1. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** How many characters of an image are looked at, at first and at the most: a preview of it may stand before its size. */
const GLANCES = [4 * 1024, 256 * 1024] as const;
export const GLANCE_MAX = GLANCES[1];

/**
 * The size of an image by its own header, which its decoder goes by too: PNG, JPEG, GIF and WebP. Undefined where it is none
 * of them, or its header says it later than anybody's does.
 *
 * @param base64 as it was given; what is beyond GLANCE_MAX may be left away.
 */
export const imageSizeOf = (base64: string): ImageSize | undefined => {
  for (const glance of GLANCES) {
    const head = base64.slice(0, glance);
    // What decoders leave out would shift all that follows it.
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(head)) return undefined;
    const size = sizeIn(Buffer.from(head, 'base64'));
    if (size || base64.length <= glance) return size;
  }
  return undefined;
};

const sizeIn = (bytes: Buffer): ImageSize | undefined => {
  // Whatever lies past the end is not there, which no format takes for a size.
  if (bytes.length < 32) return undefined;
  const signature = bytes.toString('latin1', 0, 12);
  if (signature.startsWith('\x89PNG\r\n\x1a\n')) return pngSize(bytes);
  if (/^GIF8[79]a/.test(signature)) return gifSize(bytes);
  if (/^RIFF.{4}WEBP$/s.test(signature)) return webpSize(bytes);
  if (signature.startsWith('\xff\xd8')) return jpegSize(bytes);
  return undefined;
};

const sized = (width: number, height: number): ImageSize | undefined =>
  width > 0 && height > 0 ? { width, height } : undefined;

const pngSize = (bytes: Buffer): ImageSize | undefined =>
  bytes.toString('latin1', 12, 16) === 'IHDR'
    ? sized(bytes.readUInt32BE(16), bytes.readUInt32BE(20))
    : undefined;

const GIF_TABLE = 0x80;
const GIF_IMAGE = 0x2c;
const GIF_EXTENSION = 0x21;

/** The screen, or the first picture where that is larger: decoders widen the one to the other. */
const gifSize = (bytes: Buffer): ImageSize | undefined => {
  const flags = bytes.readUInt8(10);
  let at = 13 + (flags & GIF_TABLE ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (bytes[at] === GIF_EXTENSION) {
    at += 2;
    while (bytes[at]) at += 1 + (bytes[at] as number);
    at++;
  }
  if (bytes[at] !== GIF_IMAGE || at + 9 > bytes.length) return undefined;
  return sized(
    Math.max(bytes.readUInt16LE(6), bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5)),
    Math.max(bytes.readUInt16LE(8), bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7)),
  );
};

const webpSize = (bytes: Buffer): ImageSize | undefined => {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return sized(bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return sized((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case 'VP8X':
      return sized(bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1);
    default:
      return undefined;
  }
};

/** Of JPEG's markers: those of a frame, which say its size; a few of the same hundred say something else. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const MARKER = 0xff;
/** What has no length of its own, and the beginning of the picture itself: no size follows in order. */
const isBare = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xda);

const jpegSize = (bytes: Buffer): ImageSize | undefined => {
  for (let at = 2; at + 9 <= bytes.length;) {
    if (bytes[at] !== MARKER) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (isFrame(marker)) return sized(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
    if (isBare(marker)) return undefined;
    // Markers may be padded with any number of themselves.
    at += marker === MARKER ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
};
