import type { BufferPool } from './buffer-pool';

/** A body that is put together where it stays: in one buffer, which grows with what comes. */
export class AssembledBody {
  private buffer: Buffer;
  private length = 0;

  /**
   * @param room for so many bytes there is at once.
   * @param expected bytes of all of it, where they were told.
   */
  constructor(
    private readonly buffers: BufferPool,
    room: number,
    private readonly expected: number | undefined,
  ) {
    this.buffer = buffers.take(room);
  }

  /** What came so far, until more does. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** @param piece is copied. */
  add(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.buffer.length) this.growTo(length);
    piece.copy(this.buffer, this.length);
    this.length = length;
  }

  giveBack(): void {
    this.buffers.giveBack(this.bytes);
  }

  private growTo(length: number): void {
    const twice = Math.min(2 * this.buffer.length, this.expected ?? Infinity);
    const larger = this.buffers.take(Math.max(length, twice));
    this.buffer.copy(larger, 0, 0, this.length);
    this.giveBack();
    this.buffer = larger;
  }
}
