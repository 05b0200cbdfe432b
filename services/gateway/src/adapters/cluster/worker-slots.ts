import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '../journal/journal-lock';

const NAME = /^worker-([1-9]\d{0,5})$/;

/** A slot's directory: that of the first is the gateway's own. */
export const slotDirectory = (dataDir: string, slot: number): string =>
  slot === 0 ? dataDir : join(dataDir, `worker-${slot}`);

const PARTS = ['journal', 'configuration', 'credentials'] as const;
/** The configuration's file, and where gateways of before had it. */
const CONFIGURATION = 'configuration.log';

/** What the worker of a slot may write: nothing of another's, which for the first are beside its own. */
export const slotParts = (dataDir: string, slot: number): readonly string[] => {
  const directory = slotDirectory(dataDir, slot);
  return slot === 0 ? PARTS.map((part) => join(directory, part)) : [directory];
};

/**
 * Takes the lock of a slot's journal, and makes what a worker finds in its slot, as it may make nothing beside that.
 *
 * @returns the descriptor of the lock; undefined where the system has none that can be handed on, and the worker takes it. Throws
 * JournalLocked; Error of the file system.
 */
export const openSlot = (dataDir: string, slot: number): number | undefined => {
  const directory = slotDirectory(dataDir, slot);
  for (const part of PARTS) mkdirSync(join(directory, part), { recursive: true, mode: 0o700 });
  const lock = process.platform === 'linux' ? lockFile(join(directory, 'journal')) : undefined;
  const [before, now] = [join(directory, CONFIGURATION), join(directory, 'configuration', CONFIGURATION)];
  if (existsSync(before) && !existsSync(now)) renameSync(before, now);
  return lock;
};

/** Which directories of workers are in use: each has one journal, and a journal one process. */
export class WorkerSlots {
  private readonly used = new Set<number>();
  /** Those that earlier workers left. */
  private readonly left: Set<number>;

  constructor(dataDir: string) {
    this.left = new Set([0, ...slotsIn(dataDir)]);
  }

  /** Those of earlier workers that nobody has taken. */
  get ofBefore(): readonly number[] {
    return [...this.left];
  }

  /** One that an earlier worker left, as long as there is one: else the first that is free. */
  take(): number {
    const [left] = [...this.left].sort((a, b) => a - b);
    let slot = left ?? 0;
    while (this.used.has(slot)) slot++;
    this.left.delete(slot);
    this.used.add(slot);
    return slot;
  }

  /** Nothing is left in it. */
  free(slot: number): void {
    this.used.delete(slot);
  }

  /** Takes all that earlier workers left and nobody has taken. The first slot has no journal to look after where it is new. */
  takeLeft(): readonly number[] {
    const left = [...this.left];
    for (const slot of left) this.used.add(slot);
    this.left.clear();
    return left;
  }
}

const slotsIn = (dataDir: string): readonly number[] => {
  try {
    return readdirSync(dataDir)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
