import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const NAME = /^(\d{10})\.journal$/;
const LF = 0x0a;

export const segmentPath = (directory: string, number: number): string =>
  join(directory, `${String(number).padStart(10, '0')}.journal`);

/** Numbers of the segments of a directory, oldest first. */
export const segmentsIn = (directory: string): number[] =>
  readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

export const deleteSegment = (directory: string, number: number): void =>
  unlinkSync(segmentPath(directory, number));

/** The lines of a segment; `torn` is what stands after the last line feed: a write that never returned. */
export const readSegment = (directory: string, number: number): { lines: string[]; torn: boolean } => {
  const bytes = readFileSync(segmentPath(directory, number));
  const end = bytes.lastIndexOf(LF) + 1;
  const lines = end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n');
  return { lines, torn: end < bytes.length };
};

/** A segment that is being written: one write(2) per append. */
export class SegmentFile {
  private readonly descriptor: number;
  private length = 0;
  private syncing = 0;
  private closed = false;

  constructor(
    directory: string,
    readonly number: number,
  ) {
    this.descriptor = openSync(segmentPath(directory, number), 'wx', 0o600);
  }

  get size(): number {
    return this.length;
  }

  /** All of it or nothing: what was half written when the disk was full is cut off again. */
  append(line: Buffer): void {
    try {
      for (let written = 0; written < line.length;) {
        written += writeSync(this.descriptor, line, written, line.length - written, this.length + written);
      }
      this.length += line.length;
    } catch (error) {
      ftruncateSync(this.descriptor, this.length);
      throw error;
    }
  }

  sync(done: (error: Error | null) => void): void {
    this.syncing++;
    fdatasync(this.descriptor, (error) => {
      this.syncing--;
      if (this.closed && this.syncing === 0) closeSync(this.descriptor);
      done(error);
    });
  }

  /** Everything is on disk when it returns. */
  close(): void {
    fdatasyncSync(this.descriptor);
    this.closed = true;
    if (this.syncing === 0) closeSync(this.descriptor);
  }
}
