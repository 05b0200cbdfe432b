import { appendFileSync, closeSync, ftruncateSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const READ_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/**
 * An append-only file of lines. A line is with the operating system when `append` returns: it outlives the
 * process, however that ends (not a power failure: nothing is fsynced).
 */
export class BookFile {
  private constructor(private readonly fd: number) {}

  /**
   * Opens `DIR/book.jsonl`, hands each whole line to `onLine`, and drops a last line that a crash tore.
   * @throws Error from the file system, or from `onLine`.
   */
  static open(directory: string, onLine: (line: string) => void): BookFile {
    mkdirSync(directory, { recursive: true });
    const fd = openSync(join(directory, 'book.jsonl'), 'a+', 0o600);
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let rest = Buffer.alloc(0);
    let position = 0;
    for (;;) {
      const count = readSync(fd, buffer, 0, READ_BYTES, position);
      if (count === 0) break;
      position += count;
      const bytes = Buffer.concat([rest, buffer.subarray(0, count)]);
      const whole = bytes.lastIndexOf(NEWLINE) + 1;
      rest = bytes.subarray(whole);
      for (const line of bytes.toString('utf8', 0, whole).split('\n')) if (line !== '') onLine(line);
    }
    if (rest.length > 0) ftruncateSync(fd, position - rest.length);
    return new BookFile(fd);
  }

  /** `lines` end in a newline each. */
  append(lines: string): void {
    appendFileSync(this.fd, lines);
  }

  close(): void {
    closeSync(this.fd);
  }
}
