import { setImmediate as nextTurn } from 'node:timers/promises';
import { AcknowledgedLeases, AMOUNT_MAX, type LeaseCharge, minOf } from '@gatehouse/leases';
import {
  type AttemptName,
  decodeEntry,
  type JournaledLease,
  type JournalEntry,
  type JournalPosition,
  keyOf,
} from './journal-entries';
import type { Attempt } from '../../app/gateway.ports';
import { OpenAttempts } from './open-attempts';
import { SegmentReader } from './segment-file';

/** As many as are closed in some minutes. */
const CLOSED_MAX = 8_192;

/** A lease whose sums go on. */
type CountedLease = { -readonly [Key in keyof JournaledLease]: JournaledLease[Key] };

/** What a journal says, read from its first entry to its last: what is settled and not told stays on disk. */
export class JournalContents {
  readonly opened = new OpenAttempts();
  /** Those of which the ledger may not have the final. */
  readonly leases = new Map<bigint, CountedLease>();
  /**
   * Those of which it has, the latest, as they were closed: a ledger that was restored from a backup may hold them open again, and not all that
   * was settled under them may have been told.
   */
  readonly closed = new Map<bigint, JournaledLease>();
  /** All of which it has, by their numbers. */
  readonly acknowledged = new AcknowledgedLeases();
  /** The highest number of a lease that was heard of; 0 before the first. */
  lastLease = 0n;
  /** Of a journal that the version before wrote: told, each by its name. */
  readonly toldByName = new Set<string>();
  /** The bus has all that was settled before it. */
  toldBefore: JournalPosition | undefined;
  damaged = false;

  /** @param ownSegment leases of segments before it are another journal's. */
  static async read(
    directory: string,
    segments: readonly number[],
    ownSegment = 0,
  ): Promise<JournalContents> {
    const contents = new JournalContents();
    for (const segment of segments) {
      contents.readSegment(directory, segment);
      // There may be many: whoever looks whether this process lives hears of it.
      await nextTurn();
      if (segment < ownSegment) contents.forgetLeases();
    }
    return contents;
  }

  apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'account':
        break;
      case 'opened':
        this.open(entry.attempt);
        break;
      case 'settled':
        this.settle(entry.name, entry.charges);
        break;
      case 'told':
        for (const name of entry.attempts) this.toldByName.add(keyOf(name));
        break;
      case 'toldBefore':
        this.toldBefore = entry.position;
        break;
      case 'leaseOpened':
        this.leases.set(entry.lease.name.number, { ...entry.lease });
        this.heardOf(entry.lease.name.number);
        break;
      case 'leasesClosed':
        for (const number of entry.numbers) this.close(number);
        this.acknowledged.add(
          [...entry.before, ...entry.numbers.map((number) => ({ first: number, last: number }))],
          entry.recoveredAt,
        );
        break;
      case 'lastLease':
        this.heardOf(entry.number);
        break;
    }
  }

  open(attempt: Attempt): void {
    this.opened.add(attempt);
  }

  settle(name: AttemptName, charges: readonly LeaseCharge[]): void {
    this.opened.remove(name);
    for (const { lease, charged, doubt } of charges) {
      const known = this.leases.get(lease);
      if (!known) continue;
      known.count++;
      known.sum = minOf(known.sum + charged, AMOUNT_MAX);
      if (doubt !== 0n) known.doubt = minOf(known.doubt + doubt, AMOUNT_MAX);
    }
  }

  /** They are another journal's. */
  forgetLeases(): void {
    this.leases.clear();
    this.closed.clear();
    this.acknowledged.clear();
    this.lastLease = 0n;
  }

  private close(number: bigint): void {
    const lease = this.leases.get(number);
    if (!lease) return;
    this.leases.delete(number);
    this.closed.set(number, lease);
    if (this.closed.size <= CLOSED_MAX) return;
    const [oldest] = this.closed.keys();
    if (oldest !== undefined) this.closed.delete(oldest);
  }

  private readSegment(directory: string, segment: number): void {
    const reader = new SegmentReader(directory, segment, 0, Infinity);
    try {
      for (let bytes = reader.next(); bytes; bytes = reader.next()) {
        const entry = decodeEntry(bytes, (offset) => reader.entryAt(offset));
        if (entry) this.apply(entry);
        else this.damaged = true;
      }
      this.damaged ||= reader.damaged;
    } finally {
      reader.close();
    }
  }

  private heardOf(number: bigint): void {
    if (number > this.lastLease) this.lastLease = number;
  }
}
