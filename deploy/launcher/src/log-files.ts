import { copyFileSync, mkdirSync, openSync, readFileSync, renameSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const BYTES_MAX = 16 * 1024 * 1024;
const LOOK_EVERY_MS = 30_000;

/** One file per process, written by the process itself; each is kept below about 16 MiB, with one older part beside. */
export class LogFiles {
  private readonly names = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  path(name: string): string {
    return join(this.directory, `${name}.log`);
  }

  /** A descriptor to hand to a child. */
  open(name: string): number {
    const path = this.path(name);
    if (sizeOf(path) > BYTES_MAX) renameSync(path, `${path}.1`);
    this.names.add(name);
    this.timer ??= setInterval(() => this.shorten(), LOOK_EVERY_MS).unref();
    return openSync(path, 'a', 0o600);
  }

  tail(name: string, lines: number): string {
    try {
      return readFileSync(this.path(name), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '(no log)';
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** The writer keeps its descriptor, which appends: the file is copied and emptied under it. */
  private shorten(): void {
    for (const name of this.names) {
      const path = this.path(name);
      if (sizeOf(path) <= BYTES_MAX) continue;
      try {
        copyFileSync(path, `${path}.1`);
        truncateSync(path);
      } catch {
        // The disk is full, perhaps: nothing is thrown away, and the next look tries again.
      }
    }
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
