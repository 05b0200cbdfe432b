import { GLANCE_MAX, type ImageSize, imageSizeOf } from '../image-size';

/** An image of a prompt. */
export interface Picture {
  /** Undefined where the provider fetches it, or its header says nothing. */
  readonly size: ImageSize | undefined;
  /** UTF-8 bytes of the text in the body that is the image, and no prompt. */
  readonly bytes: number;
}

/** One that is not in the body. */
export const NOT_HERE: Picture = { size: undefined, bytes: 0 };

/** How a language writes an image. */
export interface PictureBlock {
  /** Of the block. */
  readonly type: string;
  /** Where an image may stand: the members of the block and, after a dot, of what is in them, with what they hold of it. */
  readonly places: ReadonlyMap<string, PlaceKind>;
}

/** The image in base64; a URL, which may hold it; a name of it; `inside`: it stands in a member of this one. */
export type PlaceKind = 'base64' | 'url' | 'name' | 'inside';

const DATA_URL = /^data:image\/[\w.+-]+;base64,/i;
/** More than any head of a data URL. */
const HEAD_MAX = 128;
const TEXT_MAX = 2 * (HEAD_MAX + GLANCE_MAX);

/** Gathers from the strings of one block where its image is: what is said twice, or in two ways, is as large as any. */
export class PictureReader {
  private said = 0;
  private found = NOT_HERE;
  private isOther = false;

  constructor(
    private readonly body: Buffer,
    private readonly block: PictureBlock,
  ) {}

  string(path: string, start: number, end: number, escaped: boolean, decodedBytes: number): void {
    const kind = this.block.places.get(path);
    if (kind === undefined || kind === 'inside') return;
    this.said++;
    if (kind === 'base64')
      this.found = { size: imageSizeOf(this.text(start, end, escaped)), bytes: decodedBytes };
    if (kind === 'url') this.readUrl(start, end, escaped, decodedBytes);
  }

  /** Undefined where it is no image. */
  get picture(): Picture | undefined {
    if (this.isOther) return undefined;
    return this.said === 1 ? this.found : NOT_HERE;
  }

  private readUrl(start: number, end: number, escaped: boolean, decodedBytes: number): void {
    const url = this.text(start, end, escaped);
    const head = url.slice(0, HEAD_MAX);
    const [scheme] = DATA_URL.exec(head) ?? [];
    this.isOther ||= scheme === undefined && /^\s*data:/i.test(head);
    if (scheme !== undefined)
      this.found = { size: imageSizeOf(url.slice(scheme.length)), bytes: decodedBytes };
  }

  /** As much of a string as is ever looked at. Of escapes, only the one that encoders put into base64 is undone. */
  private text(start: number, end: number, escaped: boolean): string {
    const text = this.body.toString('latin1', start + 1, Math.min(end - 1, start + 1 + TEXT_MAX));
    return escaped ? text.replaceAll('\\/', '/') : text;
  }
}
