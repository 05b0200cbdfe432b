import { decodeEntry, type JournaledLease, type JournalEntry, keyOf } from './journal-entries';
import type { Attempt } from '../../app/gateway.ports';
import { readSegment } from './segment-file';

/** An attempt that an earlier process left: settled, but not told everywhere, or never settled. */
export interface LeftAttempt {
  readonly attempt: Attempt;
  readonly settled: boolean;
  /** The segment of its last entry. */
  readonly segment: number;
}

/** What a journal says, read from its first entry to its last. */
export class JournalContents {
  /** By `keyOf`, in the order in which they were opened. */
  readonly left = new Map<string, LeftAttempt>();
  /** Those of which the ledger may not have the final. */
  readonly leases = new Map<bigint, JournaledLease>();
  /** Segment → attempts whose last entry is in it. */
  readonly leftIn = new Map<number, number>();
  damaged = false;

  static read(directory: string, segments: readonly number[]): JournalContents {
    const contents = new JournalContents();
    for (const segment of segments) {
      const { entries, damaged } = readSegment(directory, segment);
      contents.damaged ||= damaged;
      for (const bytes of entries) {
        const entry = decodeEntry(bytes);
        if (entry) contents.apply(entry, segment);
        else contents.damaged = true;
      }
    }
    return contents;
  }

  apply(entry: JournalEntry, segment: number): void {
    switch (entry.kind) {
      case 'opened':
        this.put({ attempt: entry.attempt, settled: false, segment });
        break;
      case 'settled':
        this.settle(entry.attempt, segment);
        break;
      case 'told':
        for (const name of entry.attempts) this.forget(keyOf(name));
        break;
      case 'leaseOpened':
        this.leases.set(entry.lease.name.number, entry.lease);
        break;
      case 'leasesClosed':
        for (const number of entry.numbers) this.leases.delete(number);
        break;
    }
  }

  /** The attempts that were opened and not settled. */
  unsettled(): readonly Attempt[] {
    return [...this.left.values()].flatMap(({ attempt, settled }) => (settled ? [] : [attempt]));
  }

  private put(left: LeftAttempt): LeftAttempt | undefined {
    const key = keyOf(left.attempt.record);
    const before = this.left.get(key);
    if (before) this.count(before.segment, -1);
    this.count(left.segment, 1);
    this.left.set(key, left);
    return before;
  }

  private forget(key: string): void {
    const before = this.left.get(key);
    if (before) this.count(before.segment, -1);
    this.left.delete(key);
  }

  private count(segment: number, by: number): void {
    this.leftIn.set(segment, (this.leftIn.get(segment) ?? 0) + by);
  }

  private settle(attempt: Attempt, segment: number): void {
    if (this.put({ attempt, settled: true, segment })?.settled) return;
    for (const { lease, charged, doubt } of attempt.charges) {
      const known = this.leases.get(lease);
      if (!known) continue;
      this.leases.set(lease, {
        name: known.name,
        count: known.count + 1n,
        sum: known.sum + charged,
        doubt: known.doubt + doubt,
      });
    }
  }
}
