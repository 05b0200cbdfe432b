import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^worker-([1-9]\d{0,5})$/;

/** A slot's directory: that of the first is the gateway's own, as it is of a gateway that is one process. */
export const slotDirectory = (dataDir: string, slot: number): string =>
  slot === 0 ? dataDir : join(dataDir, `worker-${slot}`);

/** Which directories of workers are in use: each has one journal, and a journal one process. */
export class WorkerSlots {
  private readonly used = new Set<number>();
  /** Those that earlier workers left. */
  private readonly left: Set<number>;

  constructor(dataDir: string) {
    this.left = new Set([0, ...slotsIn(dataDir)]);
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
