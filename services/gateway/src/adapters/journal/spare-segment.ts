import { renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSync } from '@gatehouse/kernel';
import { segmentPath } from './segment-file';

const AT_ONCE_BYTES = 1024 * 1024;

/**
 * A segment of which all was told becomes the next one, as nothing but zeros: the disk has room for what is written into it, and a
 * sync nothing to write down but that. One at most is kept.
 */
export class SpareSegment {
  private state: 'none' | 'preparing' | 'ready' | 'closed' = 'none';
  private readonly path: string;

  /**
   * @param bytes how long it is made.
   * @param failed is told where it could not be made ready: segments are made anew then.
   */
  constructor(
    private readonly directory: string,
    private readonly bytes: number,
    private readonly sync: DiskSync,
    private readonly failed: (error: unknown) => void,
  ) {
    this.path = join(directory, 'spare');
    // An earlier process left it: nobody knows how much of it was overwritten.
    rmSync(this.path, { force: true });
  }

  /** Where it is, to be renamed; undefined where there is none. */
  get ready(): string | undefined {
    return this.state === 'ready' ? this.path : undefined;
  }

  /** Takes a segment that nobody reads any more. False, and nothing is changed, where there is one already. */
  take(number: number): boolean {
    if (this.state !== 'none') return false;
    renameSync(segmentPath(this.directory, number), this.path);
    this.state = 'preparing';
    void this.prepare();
    return true;
  }

  /** It has become a segment. */
  renamed(): void {
    this.state = 'none';
  }

  close(): void {
    this.state = 'closed';
    this.remove();
  }

  /** What cannot be removed is in nobody's way: the next is renamed over it, or a later process removes it. */
  private remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      this.failed(error);
    }
  }

  private async prepare(): Promise<void> {
    try {
      const file = await open(this.path, 'r+');
      try {
        await this.overwrite(file);
      } finally {
        await file.close();
      }
      if (this.state === 'preparing') this.state = 'ready';
    } catch (error) {
      if (this.state === 'closed') return;
      this.state = 'none';
      this.failed(error);
      this.remove();
    }
  }

  /** Zeros have to be on disk before anything is written among them: what was there before would be read behind it. */
  private async overwrite(file: FileHandle): Promise<void> {
    await file.truncate(this.bytes);
    const zeros = Buffer.alloc(Math.min(AT_ONCE_BYTES, this.bytes));
    for (let at = 0; at < this.bytes && this.state === 'preparing';) {
      // Where a disk is full it may be fewer.
      const { bytesWritten } = await file.write(zeros, 0, Math.min(zeros.length, this.bytes - at), at);
      at += bytesWritten;
    }
    await this.sync(this.path);
  }
}
