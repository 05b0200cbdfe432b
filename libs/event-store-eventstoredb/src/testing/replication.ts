import { setTimeout as sleep } from 'node:timers/promises';

/** For so long the server waits for a write to be replicated before it gives the call up. */
const COMMIT_TIMEOUT_MS = 2_000;

/**
 * Between writing an append and answering it the server replicates it, also to itself alone. A repetition that comes in
 * that time is dropped without a word, and its call ends when the commit should have been done.
 */
export class Replication {
  private readonly underWay = new Set<string>();

  /** `replicationMs`: from writing to the answer; 0 leaves no time for anything between. */
  constructor(private readonly replicationMs: number) {}

  /** True where the ids are being replicated: then it has waited for the commit timeout. */
  async drops(ids: readonly string[]): Promise<boolean> {
    if (!ids.some((id) => this.underWay.has(id))) return false;
    await sleep(COMMIT_TIMEOUT_MS);
    return true;
  }

  async replicate(ids: readonly string[]): Promise<void> {
    if (this.replicationMs === 0) return;
    for (const id of ids) this.underWay.add(id);
    await sleep(this.replicationMs);
    for (const id of ids) this.underWay.delete(id);
  }
}
