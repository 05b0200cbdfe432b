import type { UntoldRecord } from '../usage/usage-publisher';
import { isBefore, type JournalPosition, keyOf } from './journal-entries';
import { SegmentReader } from './segment-file';
import { settledIn, type SettledRecord } from './untold-record';
import { UntoldWindow } from './untold-window';

/** Records in memory, a power of two; what is beyond them is read from the disk when its turn has come. */
const WINDOW_MAX = 1_024;

/**
 * What was settled and not told, in the order in which it was settled. The journal is the queue: while the bus keeps up its records come
 * from memory, and when it does not no more than a window of them is there.
 */
export class UntoldUsage {
  /** The oldest, without a gap. */
  private readonly window = new UntoldWindow(WINDOW_MAX);
  /** The end of the last that is on disk alone. */
  private behind: JournalPosition | undefined;
  private synced: JournalPosition;

  /**
   * @param told the bus has all before it.
   * @param found the end of what an earlier process wrote.
   * @param toldByName of that, what the bus has too.
   * @param damaged is told of segments that cannot be read to their end.
   */
  constructor(
    private readonly directory: string,
    private told: JournalPosition,
    private readonly found: JournalPosition,
    private readonly toldByName: Set<string>,
    private readonly damaged: (segment: number) => void,
  ) {
    this.synced = found;
    if (isBefore(told, found)) this.behind = found;
  }

  /** All before it has been told. */
  get toldBefore(): JournalPosition {
    return this.told;
  }

  get isEmpty(): boolean {
    return this.window.length === 0 && !this.behind;
  }

  /** Whether some of what was settled before it is not told. */
  isUntoldBefore(end: JournalPosition): boolean {
    return !this.isEmpty && isBefore(this.told, end);
  }

  /** Of the oldest, which is in memory as long as it is being told. */
  get oldestSettledAt(): Date | undefined {
    return this.window.oldestSettledAt;
  }

  /** What is settled next is left on disk. */
  get isFull(): boolean {
    return this.behind !== undefined || this.window.isFull;
  }

  /** @param record absent where it is left on disk. */
  settled(record: SettledRecord | undefined, end: JournalPosition): void {
    if (!record || this.isFull) this.behind = end;
    else this.window.push(record, end);
  }

  /** Whatever ends before it is on disk, and may leave. */
  syncedTo(end: JournalPosition): void {
    if (isBefore(this.synced, end)) this.synced = end;
  }

  isSyncedTo(end: JournalPosition): boolean {
    return !isBefore(this.synced, end);
  }

  /**
   * The oldest of those on disk.
   *
   * @param segments those that there are, oldest first.
   * Errors: Error where the disk cannot be read; none is lost by it.
   */
  oldest(max: number, segments: readonly number[]): readonly UntoldRecord[] {
    if (this.window.length === 0 && this.behind) this.read(Math.min(max, WINDOW_MAX), segments);
    return this.window.oldest(max, this.synced);
  }

  /**
   * The bus has the oldest of them.
   *
   * @param written the end of all that is written.
   */
  toldOldest(count: number, written: JournalPosition): void {
    this.told = this.window.drop(count) ?? this.told;
    if (this.isEmpty) this.told = written;
  }

  private read(max: number, segments: readonly number[]): void {
    let at = this.told;
    for (const segment of segments) {
      if (segment < at.segment || segment > this.synced.segment || this.window.length >= max) continue;
      at = this.readSegment({ segment, offset: segment === at.segment ? at.offset : 0 }, max);
    }
    if (this.window.length === 0) this.told = at;
    if (this.behind && !isBefore(at, this.behind)) this.behind = undefined;
    if (!isBefore(this.told, this.found)) this.toldByName.clear();
  }

  /** @returns how far it was read. */
  private readSegment(from: JournalPosition, max: number): JournalPosition {
    const { segment } = from;
    const until = segment < this.synced.segment ? Infinity : this.synced.offset;
    const reader = new SegmentReader(this.directory, segment, from.offset, until);
    try {
      while (this.window.length < max) {
        const entry = reader.next();
        const record = entry && settledIn(entry, (offset) => reader.entryAt(offset));
        if (!entry || reader.damaged) {
          if (reader.damaged) this.damaged(segment);
          return until === Infinity ? { segment: segment + 1, offset: 0 } : this.synced;
        }
        if (record && !this.toldByName.has(keyOf(record)))
          this.window.push(record, { segment, offset: reader.offset });
      }
      return { segment, offset: reader.offset };
    } finally {
      reader.close();
    }
  }
}
