import { type Snapshot, SnapshotCache } from './snapshot-cache';

/** Snapshots of one process: the streams used last, up to a number of them. */
export class InMemorySnapshotCache extends SnapshotCache {
  private readonly kept = new Map<string, Snapshot>();

  constructor(private readonly streamsMax = 10_000) {
    super();
  }

  async get(stream: string, schemaVersion: number): Promise<Snapshot | undefined> {
    const key = keyOf(stream, schemaVersion);
    const snapshot = this.kept.get(key);
    if (snapshot !== undefined) this.keep(key, snapshot);
    return snapshot;
  }

  async put(stream: string, schemaVersion: number, snapshot: Snapshot): Promise<void> {
    this.keep(keyOf(stream, schemaVersion), snapshot);
  }

  async clear(): Promise<void> {
    this.kept.clear();
  }

  /** A map remembers the order of insertion: the first is the one not used for longest. */
  private keep(key: string, snapshot: Snapshot): void {
    this.kept.delete(key);
    this.kept.set(key, snapshot);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.streamsMax && oldest !== undefined) this.kept.delete(oldest);
  }
}

const keyOf = (stream: string, schemaVersion: number): string => `${schemaVersion}/${stream}`;
