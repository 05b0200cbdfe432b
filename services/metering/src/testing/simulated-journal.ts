import type { JournalId } from '@gatehouse/kernel';
import {
  type LeaseCharge,
  type LeaseFinal,
  type LeaseName,
  AcknowledgedLeases,
  maxOf,
} from '@gatehouse/leases';

/** What is told of one attempt: which leases it is charged to, and how much. */
export interface SimulatedRecord {
  readonly attempt: number;
  /** Of the journal that held the leases: it may be another one that tells it. */
  readonly journalId: JournalId;
  readonly charges: readonly LeaseCharge[];
}

type Entry =
  | { readonly kind: 'leaseOpened'; readonly name: LeaseName }
  | {
      readonly kind: 'leasesClosed';
      readonly numbers: readonly bigint[];
      readonly recoveredAt: Date | undefined;
    }
  | { readonly kind: 'opened'; readonly record: SimulatedRecord }
  | { readonly kind: 'settled'; readonly record: SimulatedRecord };

/**
 * A journal's files. A process that is killed loses nothing of them; a machine that loses its power loses some of the last
 * entries, unless they were synced.
 */
export class SimulatedJournal {
  private written = new Contents();
  private readonly onDisk = new Contents();
  private unsynced: Entry[] = [];
  /** On disk, of which nobody has the records yet. */
  private untold: SimulatedRecord[] = [];

  constructor(
    readonly journalId: JournalId,
    /** Journals that were in these files before it: records of theirs may be here still. */
    readonly before: readonly JournalId[] = [],
  ) {}

  /** The highest number of a lease that was heard of; 0 before the first. */
  get lastLease(): bigint {
    return this.written.lastLease;
  }

  /** Leases whose finals the ledger has acknowledged. */
  get acknowledged(): Pick<AcknowledgedLeases, 'ranges' | 'recoveredAt'> {
    return this.written.acknowledged;
  }

  /** Of all leases whose final the ledger may not have: what was settled under them so far. */
  finals(): readonly LeaseFinal[] {
    return [...this.written.leases.values()];
  }

  holds(lease: bigint): boolean {
    return this.written.leases.has(lease);
  }

  leaseOpened(name: LeaseName): void {
    if (!this.holds(name.number)) this.write({ kind: 'leaseOpened', name });
  }

  leasesClosed(numbers: readonly bigint[], recoveredAt: Date | undefined): void {
    if (numbers.length > 0) this.write({ kind: 'leasesClosed', numbers, recoveredAt });
  }

  /** @param charges what it comes to if nothing more is heard of it. */
  open(attempt: number, charges: readonly LeaseCharge[]): void {
    this.write({ kind: 'opened', record: { attempt, journalId: this.journalId, charges } });
  }

  settle(attempt: number, charges: readonly LeaseCharge[]): void {
    this.write({ kind: 'settled', record: { attempt, journalId: this.journalId, charges } });
  }

  /** What an earlier process did not settle is charged in full. */
  replay(): void {
    for (const record of [...this.written.opened.values()]) this.write({ kind: 'settled', record });
    this.sync();
  }

  /** Everything that was written is on disk when it returns. */
  sync(): void {
    for (const entry of this.unsynced) {
      this.onDisk.apply(entry);
      if (entry.kind === 'settled') this.untold.push(entry.record);
    }
    this.unsynced = [];
  }

  /** Records of what was settled and is on disk, and was not taken before. */
  takeRecords(): readonly SimulatedRecord[] {
    return this.untold.splice(0);
  }

  /**
   * What another journal finds on the disk after a loss of power: records, and no leases, since more may have been spent under these
   * than it can prove.
   *
   * @param kept how many of the entries that were not synced are there all the same; they were written in order.
   */
  afterPowerLoss(journalId: JournalId, kept: number): SimulatedJournal {
    this.unsynced.splice(kept);
    this.sync();
    const after = new SimulatedJournal(journalId, [...this.before, this.journalId]);
    after.untold = this.untold;
    for (const contents of [after.written, after.onDisk])
      for (const record of this.onDisk.opened.values()) contents.opened.set(record.attempt, record);
    return after;
  }

  get unsyncedEntries(): number {
    return this.unsynced.length;
  }

  private write(entry: Entry): void {
    this.written.apply(entry);
    this.unsynced.push(entry);
  }
}

class Contents {
  lastLease = 0n;
  readonly leases = new Map<bigint, LeaseFinal>();
  readonly acknowledged = new AcknowledgedLeases();
  readonly opened = new Map<number, SimulatedRecord>();

  apply(entry: Entry): void {
    switch (entry.kind) {
      case 'leaseOpened':
        this.lastLease = maxOf(this.lastLease, entry.name.number);
        this.leases.set(entry.name.number, { ...entry.name, count: 0n, sum: 0n, doubt: 0n });
        break;
      case 'leasesClosed':
        for (const number of entry.numbers) this.leases.delete(number);
        this.acknowledged.add(
          entry.numbers.map((number) => ({ first: number, last: number })),
          entry.recoveredAt,
        );
        break;
      case 'opened':
        this.opened.set(entry.record.attempt, entry.record);
        break;
      case 'settled':
        this.settle(entry.record);
        break;
    }
  }

  private settle({ attempt, charges }: SimulatedRecord): void {
    this.opened.delete(attempt);
    for (const { lease, charged, doubt } of charges) {
      const known = this.leases.get(lease);
      if (!known) continue;
      const sums = { count: known.count + 1n, sum: known.sum + charged, doubt: known.doubt + doubt };
      this.leases.set(lease, { ...known, ...sums });
    }
  }
}
