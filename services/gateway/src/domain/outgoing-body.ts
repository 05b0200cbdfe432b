import type { Span } from './ask';

/** Bytes that stay where they lie, or bytes as a text of one letter each. */
type Piece = Span | string;

/** A body whose pieces stay where they are: what is large in it is not copied for what is small. */
export class SplicedBody {
  /** In bytes. */
  readonly length: number;

  /**
   * @param source what the spans are of. It is not written over while it is to be sent.
   * @param pieces in their order.
   */
  constructor(
    private readonly source: Buffer,
    private readonly pieces: readonly Piece[],
  ) {
    let length = 0;
    for (const piece of pieces) length += typeof piece === 'string' ? piece.length : piece.end - piece.start;
    this.length = length;
  }

  /** All of it, one letter a byte. */
  letters(): string {
    let letters = '';
    for (const piece of this.pieces)
      letters += typeof piece === 'string' ? piece : this.source.toString('latin1', piece.start, piece.end);
    return letters;
  }

  /** In their order: nothing is copied. */
  inPieces(): readonly (Buffer | string)[] {
    return this.pieces.map((piece) =>
      typeof piece === 'string' ? piece : this.source.subarray(piece.start, piece.end),
    );
  }

  /** A copy of all of it. */
  joined(): Buffer {
    return Buffer.from(this.letters(), 'latin1');
  }

  toString(): string {
    return this.joined().toString();
  }
}

/** A body as it goes out. */
export type OutgoingBody = Buffer | SplicedBody;

const NO_SOURCE = Buffer.alloc(0);

/** A body of a text that was written for it. */
export const bodyOf = (text: string): OutgoingBody => new SplicedBody(NO_SOURCE, [utf8Letters(text)]);

/** A text in UTF-8, one letter a byte: the very same text where it is ASCII. */
export const utf8Letters = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');

/** What it is made of, in its order: bytes, and bytes as a text of one letter each. */
export const piecesOf = (body: OutgoingBody): readonly (Buffer | string)[] =>
  Buffer.isBuffer(body) ? [body] : body.inPieces();

/** All of it, one letter a byte. */
export const lettersOf = (body: OutgoingBody): string =>
  Buffer.isBuffer(body) ? body.toString('latin1') : body.letters();
