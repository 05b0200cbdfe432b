/** Bytes that are kept of one answer; of what is longer the rest is taken to be as dense as these. */
export const KEPT_BYTES_MAX = 128 * 1024;
const FIRST_BYTES = 1024;

/**
 * What a model has written so far, kept so that its tokens can be counted should its usage never come. As JSON has it: what is
 * escaped there is escaped here.
 */
export class GeneratedText {
  private kept = Buffer.alloc(0);
  private keptBytes = 0;
  private bytes = 0;
  private isFull = false;
  private callsBegun = 0;

  add(event: Buffer, start: number, end: number): void {
    const bytes = this.keptBytes + end - start;
    this.bytes += end - start;
    this.isFull ||= bytes > KEPT_BYTES_MAX;
    if (this.isFull) return;
    if (bytes > this.kept.length) this.grow(bytes);
    event.copy(this.kept, this.keptBytes, start, end);
    this.keptBytes = bytes;
  }

  /** It began to call a tool. */
  beginCall(): void {
    this.callsBegun++;
  }

  get calls(): number {
    return this.callsBegun;
  }

  /** It wrote so many bytes that nobody could read. */
  miss(bytes: number): void {
    this.bytes += bytes;
  }

  get json(): Buffer {
    return this.kept.subarray(0, this.keptBytes);
  }

  /** The tokens of all of it, of those of what is kept. */
  tokensOfAll(tokensOfKept: number): number {
    return this.keptBytes === 0 ? this.bytes : Math.ceil((tokensOfKept * this.bytes) / this.keptBytes);
  }

  private grow(bytes: number): void {
    const size = Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    const larger = Buffer.allocUnsafeSlow(Math.min(size, KEPT_BYTES_MAX));
    this.kept.copy(larger, 0, 0, this.keptBytes);
    this.kept = larger;
  }
}
