/** Classes of size, each twice the one before: buffers of a class serve one another's place. */
const SMALLEST_BYTES = 2_048;
const CLASSES = 10;
const LARGEST_BYTES = SMALLEST_BYTES * 2 ** (CLASSES - 1);
/** What is in a buffer that was given back: no text, so that whoever reads it still is found out. */
const GIVEN_BACK = 0xdb;

/**
 * Buffers that are used again: memory outside the heap that is made for each request is freed by full collections alone, which cost
 * more than all that is done with it. Larger ones than the largest class are made anew.
 */
export class BufferPool {
  private readonly free: ArrayBufferLike[][] = Array.from({ length: CLASSES }, () => []);
  private freeBytes = 0;

  /** @param freeBytesMax which are kept for whoever comes next, at most. */
  constructor(private readonly freeBytesMax: number) {}

  /** A buffer of at least so many bytes, with whatever is in them. It is whose it was taken for until he gives it back, or drops it. */
  take(bytes: number): Buffer {
    return Buffer.from(this.memoryFor(bytes));
  }

  /** These bytes in a buffer that is taken for them. */
  copyOf(bytes: Buffer): Buffer {
    const copy = Buffer.from(this.memoryFor(bytes.length), 0, bytes.length);
    copy.set(bytes);
    return copy;
  }

  /** @param written what of a taken buffer was written: it is given back once, and nothing reads any of it from now on. */
  giveBack(written: Buffer): void {
    const { buffer } = written.fill(GIVEN_BACK);
    if (buffer.byteLength > LARGEST_BYTES || this.freeBytes + buffer.byteLength > this.freeBytesMax) return;
    this.freeBytes += buffer.byteLength;
    (this.free[classOf(buffer.byteLength)] as ArrayBufferLike[]).push(buffer);
  }

  private memoryFor(bytes: number): ArrayBufferLike {
    if (bytes > LARGEST_BYTES) return Buffer.allocUnsafeSlow(bytes).buffer;
    const at = classOf(bytes);
    const free = (this.free[at] as ArrayBufferLike[]).pop();
    if (!free) return Buffer.allocUnsafeSlow(SMALLEST_BYTES * 2 ** at).buffer;
    this.freeBytes -= free.byteLength;
    return free;
  }
}

const classOf = (bytes: number): number =>
  bytes <= SMALLEST_BYTES ? 0 : 32 - Math.clz32((bytes - 1) / SMALLEST_BYTES);
