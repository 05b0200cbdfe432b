import { setTimeout as sleep } from 'node:timers/promises';
import { readJsonFile, writeJsonFile } from './json-file';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

const GRACE_MS = 4_000;

/**
 * The children that run, on disk, for the launcher after one that was killed. They end by themselves when their
 * launcher does; this is for those that hang.
 */
export class ChildRegister {
  private readonly children = new Map<string, ProcessIdentity>();

  /** @param onFault is told where a change cannot be written down, of a full disk for instance: nothing that runs ends for that. */
  constructor(
    private readonly path: string,
    private readonly onFault: (error: Error) => void,
  ) {}

  add(name: string, pid: number): void {
    const identity = identityOf(pid);
    if (!identity) return;
    this.children.set(name, identity);
    this.note();
  }

  remove(name: string): void {
    if (this.children.delete(name)) this.note();
  }

  /** Ends what a predecessor left running, so that its ports and files are free. */
  async stopOrphans(): Promise<void> {
    const orphans = Object.values(readJsonFile<Record<string, ProcessIdentity>>(this.path) ?? {});
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      orphans.filter(isRunning).forEach(({ pid }) => trySignal(pid, signal));
      for (const start = Date.now(); Date.now() - start < GRACE_MS; await sleep(25)) {
        if (!orphans.some(isRunning)) break;
      }
    }
    this.save();
  }

  private note(): void {
    try {
      this.save();
    } catch (error) {
      this.onFault(error as Error);
    }
  }

  private save(): void {
    writeJsonFile(this.path, Object.fromEntries(this.children));
  }
}

const trySignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
};
