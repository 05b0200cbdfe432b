import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { system } from './machine';

const MEGABYTES = 96;
const BALLAST = 'ballast';

/** A small disk of its own, which can be filled: tmpfs in this process's private mounts. */
export class Volume {
  private constructor(readonly directory: string) {}

  static async mount(directory: string): Promise<Volume> {
    await mkdir(directory, { recursive: true });
    await system('mount', '-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=0700`, 'none', directory);
    return new Volume(directory);
  }

  /** What was on it is gone. */
  async unmount(): Promise<void> {
    await system('umount', this.directory);
  }

  /** Nothing more can be written. */
  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    // The last page is whoever's writes next: what is left is less than an entry needs sooner or later.
    await writeFile(join(this.directory, BALLAST), Buffer.alloc(bavail * bsize)).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    });
  }

  async empty(): Promise<void> {
    await rm(join(this.directory, BALLAST), { force: true });
  }
}
