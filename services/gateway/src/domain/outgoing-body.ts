/** A body whose pieces stay where they are: what is large in it is not copied for what is small. */
export class SplicedBody {
  /** In bytes. */
  readonly length: number;

  /** @param pieces in their order. They are not written over while it is to be sent. */
  constructor(readonly pieces: readonly Buffer[]) {
    let length = 0;
    for (const piece of pieces) length += piece.length;
    this.length = length;
  }

  /** A copy of all of it. */
  joined(): Buffer {
    return Buffer.concat(this.pieces, this.length);
  }

  toString(): string {
    return this.joined().toString();
  }
}

/** A body as it goes out. */
export type OutgoingBody = Buffer | SplicedBody;

/** What it is made of, in its order. */
export const piecesOf = (body: OutgoingBody): readonly Buffer[] =>
  Buffer.isBuffer(body) ? [body] : body.pieces;
