import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSync } from '@gatehouse/kernel';
import { checksumOf, checksumOfBefore, viewOf } from './checksum';

const NAME = /^(\d{10})\.segment$/;
/** Of a frame: its length and its checksum, four bytes each, the lowest first. */
export const HEAD_BYTES = 8;

export const segmentPath = (directory: string, number: number): string =>
  join(directory, `${String(number).padStart(10, '0')}.segment`);

/** Numbers of the segments of a directory, oldest first. */
export const segmentsIn = (directory: string): number[] =>
  readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

/** Nobody waits for the disk meanwhile, which takes milliseconds to free what is large. */
export const deleteSegment = (directory: string, number: number): Promise<void> =>
  unlink(segmentPath(directory, number));

/** What a segment holds that nobody writes any more is on disk once it resolves. False where it may not be, now or later: its sync has failed. Rejects where it was not tried. */
export const syncSegment = (directory: string, number: number, sync: DiskSync): Promise<boolean> =>
  sync(segmentPath(directory, number)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.syscall === 'fsync') return false;
      throw error;
    },
  );

/** Entries as one frame each, to be written at once. */
export const framed = (entries: readonly Uint8Array[]): Buffer => {
  const frames = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + HEAD_BYTES + length, 0));
  const view = viewOf(frames);
  let at = 0;
  for (const entry of entries) {
    frames.set(entry, at + HEAD_BYTES);
    writeHead(view, at + HEAD_BYTES, (at += HEAD_BYTES + entry.length));
  }
  return frames;
};

/** Before an entry that is written. */
export const writeHead = (bytes: DataView, from: number, to: number): void => {
  bytes.setUint32(from - HEAD_BYTES, to - from, true);
  bytes.setUint32(from - HEAD_BYTES + 4, checksumOf(bytes, from, to), true);
};

/** Whether an entry is what was written behind the head that begins there, by this version or by the one before. */
const isWhole = (bytes: Buffer, at: number): boolean => {
  const entry = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + bytes.readUInt32LE(at));
  const checksum = bytes.readUInt32LE(at + 4);
  return checksum === checksumOf(viewOf(entry), 0, entry.length) || checksum === checksumOfBefore(entry);
};

/** Frames are read by so much of the file, or by one frame where that is longer. */
const CHUNK_BYTES = 256 * 1024;
/** As many as many calls refer to. */
const KEPT_MAX = 4_096;

/**
 * Reads a segment entry by entry, in as much memory as a piece of it takes. What is not whole at its end is a write that never
 * returned.
 */
export class SegmentReader {
  /** The end of the entry that was read last. */
  offset: number;
  /** An entry is not what was written: nothing behind it is believed. */
  damaged = false;
  private readonly descriptor: number;
  private chunk = Buffer.alloc(0);
  private at = 0;
  /** Entries that were looked for, by where they begin. */
  private readonly kept = new Map<number, Uint8Array>();

  /** @param until nothing that ends behind it is read. */
  constructor(
    directory: string,
    number: number,
    from: number,
    private readonly until: number,
  ) {
    this.descriptor = openSync(segmentPath(directory, number), 'r');
    this.offset = from;
  }

  /** Never written over. Undefined at the end, and at an entry that is not whole. */
  next(): Uint8Array | undefined {
    if (!this.holds(HEAD_BYTES)) return undefined;
    const length = this.chunk.readUInt32LE(this.at);
    if (length === 0) return this.endAt(this.offset);
    if (this.offset + HEAD_BYTES + length > this.until || !this.holds(HEAD_BYTES + length)) return undefined;
    // No entry ends with a zero.
    if (!isWhole(this.chunk, this.at)) return this.endAt(this.offset + HEAD_BYTES + length - 1);
    const entry = this.chunk.subarray(this.at + HEAD_BYTES, this.at + HEAD_BYTES + length);
    this.at += HEAD_BYTES + length;
    this.offset += HEAD_BYTES + length;
    return entry;
  }

  /**
   * The entry that begins there, before what was read last: from the chunk where it is in that, and else from the disk, of which those of late are kept.
   * Undefined where it is not what was written, which is damage.
   */
  entryAt(offset: number): Uint8Array | undefined {
    const at = this.at - (this.offset - offset);
    if (at >= 0) return this.entryIn(this.chunk.subarray(at, this.at));
    const kept = this.kept.get(offset);
    if (kept) return kept;
    const entry = this.entryIn(this.bytesFrom(offset));
    if (entry) this.keep(offset, entry);
    return entry;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private entryIn(frame: Buffer): Uint8Array | undefined {
    const length = frame.length < HEAD_BYTES ? 0 : frame.readUInt32LE(0);
    if (length > 0 && HEAD_BYTES + length <= frame.length && isWhole(frame, 0))
      return frame.subarray(HEAD_BYTES, HEAD_BYTES + length);
    this.damaged = true;
    return undefined;
  }

  private keep(offset: number, entry: Uint8Array): void {
    if (this.kept.size === KEPT_MAX) this.kept.clear();
    this.kept.set(offset, entry);
  }

  /** The frame that is said to begin there. */
  private bytesFrom(offset: number): Buffer {
    const head = Buffer.alloc(HEAD_BYTES);
    readSync(this.descriptor, head, 0, HEAD_BYTES, offset);
    const frame = Buffer.alloc(
      Math.max(0, Math.min(HEAD_BYTES + head.readUInt32LE(0), this.offset - offset)),
    );
    readSync(this.descriptor, frame, 0, frame.length, offset);
    return frame;
  }

  /** Behind what was written are zeros, where the segment was a spare one, or nothing: anything else is damage. */
  private endAt(offset: number): undefined {
    this.damaged = !this.isZeroFrom(offset);
  }

  private isZeroFrom(offset: number): boolean {
    const { size } = fstatSync(this.descriptor);
    const bytes = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - offset));
    for (let at = offset; at < size; at += bytes.length) {
      const read = readSync(this.descriptor, bytes, 0, bytes.length, at);
      if (bytes.subarray(0, read).some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  /** Whether so many bytes follow, which are in the chunk then. */
  private holds(bytes: number): boolean {
    if (this.chunk.length - this.at >= bytes) return true;
    const size = fstatSync(this.descriptor).size - this.offset;
    if (size < bytes) return false;
    const chunk = Buffer.allocUnsafe(Math.min(size, Math.max(bytes, CHUNK_BYTES)));
    this.chunk = chunk.subarray(0, readSync(this.descriptor, chunk, 0, chunk.length, this.offset));
    this.at = 0;
    return this.chunk.length >= bytes;
  }
}

/** So much is read back at once to be written through. */
const THROUGH_BYTES = 256 * 1024;

/**
 * A segment that is being written: one write(2) per append. Behind what is written there may be zeros. Node's permission model lets nothing be
 * synced: what is to be on disk is written once more, the same bytes at the same place, by a descriptor of which a write returns from there.
 */
export class SegmentFile {
  private readonly descriptor: number;
  private length = 0;
  /** So much of it is on disk. */
  private durable = 0;
  /** Of the same file, by which writes go through to the disk. */
  private through: FileHandle | undefined;
  /** What is written through lies here meanwhile. */
  private readonly bytes = Buffer.allocUnsafeSlow(THROUGH_BYTES);
  private syncing = 0;
  private closed = false;
  private failed = false;

  /** @param spare a file of zeros that becomes it; absent: it is made anew. */
  constructor(
    private readonly directory: string,
    readonly number: number,
    spare?: string,
  ) {
    const path = segmentPath(directory, number);
    this.descriptor = openSync(spare ?? path, spare === undefined ? 'wx+' : 'r+', 0o600);
    if (spare === undefined) return;
    try {
      renameSync(spare, path);
    } catch (error) {
      closeSync(this.descriptor);
      throw error;
    }
  }

  get size(): number {
    return this.length;
  }

  /** A sync of it has failed: of what was written before that a later one says nothing (fsync(2), EIO), though it succeeds. */
  get isDoubtful(): boolean {
    return this.failed;
  }

  /**
   * All of it or nothing: what was half written when the disk was full is cut off again.
   *
   * @param length how much of the bytes it is.
   */
  append(frames: Buffer, length = frames.length): void {
    // By its number another file may be open by now.
    if (this.closed) throw new Error('the segment is closed');
    try {
      for (let written = 0; written < length;)
        written += writeSync(this.descriptor, frames, written, length - written, this.length + written);
      this.length += length;
    } catch (error) {
      ftruncateSync(this.descriptor, this.length);
      throw error;
    }
  }

  /** What was written when it is asked for is on disk once it resolves. One at a time. */
  async sync(): Promise<void> {
    this.syncing++;
    try {
      this.through ??= await open(
        segmentPath(this.directory, this.number),
        constants.O_WRONLY | constants.O_DSYNC,
      );
      await this.writeThrough(this.through, this.length).catch((error: unknown) => {
        this.failed = true;
        throw error;
      });
    } finally {
      this.syncing--;
      this.closeWhenIdle();
    }
  }

  /** Nothing more is written: what is left of the zeros goes. */
  endHere(): void {
    ftruncateSync(this.descriptor, this.length);
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
    unlinkSync(segmentPath(this.directory, this.number));
  }

  private async writeThrough(through: FileHandle, end: number): Promise<void> {
    while (this.durable < end) {
      const length = Math.min(end - this.durable, THROUGH_BYTES);
      const read = readSync(this.descriptor, this.bytes, 0, length, this.durable);
      if (read === 0) throw new Error('the segment is shorter than what was written');
      const { bytesWritten } = await through.write(this.bytes, 0, read, this.durable);
      this.durable += bytesWritten;
    }
  }

  private closeWhenIdle(): void {
    if (!this.closed || this.syncing > 0) return;
    closeSync(this.descriptor);
    void this.through?.close();
  }
}
