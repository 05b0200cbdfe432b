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
import { crc32 } from 'node:zlib';

const NAME = /^(\d{10})\.segment$/;
/** Of a frame: its length and its checksum, four bytes each, the lowest first. */
const HEAD_BYTES = 8;

export const segmentPath = (directory: string, number: number): string =>
  join(directory, `${String(number).padStart(10, '0')}.segment`);

/** Numbers of the segments of a directory, oldest first. */
export const segmentsIn = (directory: string): number[] =>
  readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

export const deleteSegment = (directory: string, number: number): void =>
  unlinkSync(segmentPath(directory, number));

/** Entries as one frame each, to be written at once. */
export const framed = (entries: readonly Uint8Array[]): Buffer => {
  const frames = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + HEAD_BYTES + length, 0));
  let at = 0;
  for (const entry of entries) {
    frames.writeUInt32LE(entry.length, at);
    frames.writeUInt32LE(crc32(entry), at + 4);
    frames.set(entry, at + HEAD_BYTES);
    at += HEAD_BYTES + entry.length;
  }
  return frames;
};

/**
 * The entries of a segment. What is not whole at its end is a write that never returned; `damaged` says that an entry is not
 * what was written, and nothing behind it is believed.
 */
export const readSegment = (
  directory: string,
  number: number,
): { readonly entries: readonly Uint8Array[]; readonly damaged: boolean } => {
  const bytes = readFileSync(segmentPath(directory, number));
  const entries: Uint8Array[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    const entry = bytes.subarray(at + HEAD_BYTES, end);
    if (crc32(entry) !== bytes.readUInt32LE(at + 4)) return { entries, damaged: true };
    entries.push(entry);
    at = end;
  }
  return { entries, damaged: false };
};

/** A segment that is being written: one write(2) per append. */
export class SegmentFile {
  private readonly descriptor: number;
  private length = 0;
  private syncing = 0;
  private closed = false;

  constructor(
    private readonly directory: string,
    readonly number: number,
  ) {
    this.descriptor = openSync(segmentPath(directory, number), 'wx', 0o600);
  }

  get size(): number {
    return this.length;
  }

  /** All of it or nothing: what was half written when the disk was full is cut off again. */
  append(frames: Buffer): void {
    try {
      for (let written = 0; written < frames.length;) {
        written += writeSync(
          this.descriptor,
          frames,
          written,
          frames.length - written,
          this.length + written,
        );
      }
      this.length += frames.length;
    } catch (error) {
      ftruncateSync(this.descriptor, this.length);
      throw error;
    }
  }

  sync(done: (error: Error | null) => void): void {
    this.syncing++;
    fdatasync(this.descriptor, (error) => {
      this.syncing--;
      this.closeWhenIdle();
      done(error);
    });
  }

  syncNow(): void {
    fdatasyncSync(this.descriptor);
  }

  /** What was not synced may be lost. Twice is once. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.closeWhenIdle();
  }

  /** It never was. */
  discard(): void {
    this.close();
    deleteSegment(this.directory, this.number);
  }

  private closeWhenIdle(): void {
    if (this.closed && this.syncing === 0) closeSync(this.descriptor);
  }
}
