import { mkdirSync } from 'node:fs';
import type { AcknowledgedLeases, LeaseFinal, LeaseName } from '@gatehouse/leases';
import {
  AppError,
  type DiskSync,
  type JournalId,
  journalId as parseJournalId,
  randomId,
} from '@gatehouse/kernel';
import type { Random, ServiceLog } from '@gatehouse/platform';
import { type Attempt, Journal, type Opening, type Settling } from '../../app/gateway.ports';
import type { UntoldRecord } from '../usage/usage-publisher';
import { type Account, Accounts } from './accounts';
import { EntryBlock } from './entry-block';
import { JournalContents } from './journal-contents';
import {
  type EncodedEntry,
  encodeEntry,
  type JournaledLease,
  type JournalPosition,
  NO_SUM,
} from './journal-entries';
import { currentBootId, type JournalIdentity, readIdentity, writeIdentity } from './journal-identity';
import { lockDirectory, takeOver } from './journal-lock';
import { type AttemptOfBefore, deleteJournalOfBefore, readJournalOfBefore } from './journal-of-before';
import { deleteSegment, framed, SegmentFile, segmentsIn, syncSegment } from './segment-file';
import { SpareSegment } from './spare-segment';
import { settledOf } from './untold-record';
import { UntoldUsage } from './untold-usage';
import { writeAccount, writeAttempt, type WrittenRecord } from './written-attempt';

export interface FileJournalOptions {
  readonly directory: string;
  readonly random: Random;
  readonly sync: DiskSync;
  readonly log: Pick<ServiceLog, 'warn' | 'error'>;
  /** A segment is followed by another once it is larger; bytes. */
  readonly segmentBytesMax?: number;
  /** The descriptor by which whoever started this process has handed its lock on; taken here where it is absent. */
  readonly lock?: number | undefined;
}

/** What waits for the end of this turn of the event loop. */
type Waiting = Opening | Settling;

/** What is about to be written of one of them. */
interface Entry {
  readonly of: Waiting;
  readonly attempt: Attempt;
  readonly account: Account;
  /** In the block, as the end of the entry. */
  readonly record: WrittenRecord;
  readonly end: number;
}

const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
const RETRY_MS = 200;
/** How long a settlement waits for others before it is synced with them, in milliseconds: no answer waits for that. */
const SYNC_AFTER_MS = 10;
/** Between two syncs that nobody asks for, in milliseconds: the records of a sync leave as one message, which costs the bus what one of a single record does. */
const SYNC_EVERY_MS = 250;
/** But for as many as a message holds: they do not wait for more. */
const SYNC_SETTLED_MAX = 500;

/**
 * The journal as append-only segments of checksummed entries. Attempts that are opened and settled in one turn of the event loop
 * share one write(2), and settlements of a quarter of a second one write that waits for the disk. A segment begins with all that is still open, so that those before it go as soon as the
 * records of what was settled in them are told, but for one that becomes the next. Until then their records wait there, and not in memory.
 */
export class FileJournal extends Journal {
  /** Never settled by the process before, in the order in which they were opened. */
  readonly left: readonly Attempt[];
  /** Of a journal of the version before: to be told as it told it. */
  readonly ofBefore: readonly AttemptOfBefore[];
  private segment: SegmentFile;
  /** Those before it of which not all is known to be on disk. */
  private readonly ending: SegmentFile[] = [];
  private unwritten: Waiting[] = [];
  /** Those of them that could not be written when their time had come: `passed` was called. */
  private readonly late = new Set<Waiting>();
  /** Empty between two turns. */
  private readonly block = new EntryBlock();
  private readonly accounts = new Accounts();
  /** At the end of this turn of the event loop. */
  private flushing: NodeJS.Immediate | undefined;
  private unsynced: (() => void)[] = [];
  private dirty = false;
  /** Settlements that are written and not being synced. */
  private unsyncedSettled = 0;
  /** What is being synced; it never rejects. */
  private syncing: Promise<void> | undefined;
  /** Segments that are being deleted; it never rejects. */
  private deleting: Promise<void> | undefined;
  /** Until the last change of the identity is on disk, or has failed. */
  private identifying: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  /** Until settlements are synced that wait for others. */
  private syncTimer: NodeJS.Timeout | undefined;
  /** Until what nobody asks for is synced again. */
  private restTimer: NodeJS.Timeout | undefined;
  /** Until what could not be written is tried again. */
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly untoldUsage: UntoldUsage;
  private readonly spare: SpareSegment;
  private tellUntold: () => void = () => undefined;
  private closed = false;
  /** The end of the latest settlement that charged a lease. */
  private chargedBefore: JournalPosition;
  /** Where a segment could not be followed by another, it grows on for a while. */
  private rotateAt: number;

  private constructor(
    private readonly options: FileJournalOptions,
    private identity: JournalIdentity,
    private readonly contents: JournalContents,
    private readonly segments: number[],
    ofBefore: readonly AttemptOfBefore[],
    private readonly unlock: () => void,
  ) {
    super();
    this.rotateAt = this.segmentBytesMax;
    this.ofBefore = ofBefore;
    const firstSegment = { segment: segments[0] ?? 1, offset: 0 };
    this.left = contents.opened.all;
    this.spare = new SpareSegment(options.directory, this.segmentBytesMax, options.sync, (error) =>
      options.log.error({ err: error }, 'the journal cannot keep a spare segment'),
    );
    this.segment = this.beginSegment((segments.at(-1) ?? 0) + 1);
    this.chargedBefore = this.end;
    this.untoldUsage = new UntoldUsage(
      options.directory,
      contents.toldBefore ?? firstSegment,
      this.end,
      contents.toldByName,
      (segment) => options.log.error({ segment }, 'a segment of the journal cannot be read to its end'),
    );
  }

  /**
   * Takes the lock and a new incarnation. Where entries may have been lost, more may have been spent under its leases than it can
   * prove: it tells its records, and is another journal from then on, so that nobody speaks for those leases again.
   *
   * Errors: JournalLocked; Error when it cannot be read.
   */
  static async openAt(options: FileJournalOptions): Promise<FileJournal> {
    const { directory, log } = options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const unlock = await lockOf(options);
    try {
      const before = readIdentity(directory);
      const segments = await segmentsOf(before, options);
      const contents = await JournalContents.read(directory, segments, before?.ownSegment);
      const ofBefore = readJournalOfBefore(directory);
      const bootId = currentBootId();
      const lost = {
        damaged: contents.damaged || ofBefore.damaged,
        identity: !before && (segments.length > 0 || ofBefore.left.length > 0),
        segments: missing(before, segments),
        rebooted: before !== undefined && !before.clean && before.bootId !== bootId,
        unsynced: isDoubtful(before, segments) || !(await isOnDisk(before, segments, options)),
      };
      const mayHaveLost = Object.values(lost).some(Boolean);
      if (mayHaveLost) {
        contents.forgetLeases();
        log.warn({ ...lost, journalId: before?.journalId }, 'the journal may have lost entries');
      }
      const known = mayHaveLost ? undefined : before;
      const identity = {
        journalId: known?.journalId ?? parseJournalId(randomId('jnl', options.random.bytes(17))),
        incarnation: (known?.incarnation ?? 0n) + 1n,
        bootId,
        clean: false,
        firstSegment: segments[0] ?? 1,
        lastSegment: segments.at(-1) ?? 0,
        ownSegment: known ? known.ownSegment : (segments.at(-1) ?? 0) + 1,
      };
      await writeIdentity(directory, identity, options.sync);
      const journal = new FileJournal(options, identity, contents, segments, ofBefore.left, unlock);
      await journal.syncWritten();
      return journal;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  get journalId(): JournalId {
    return this.identity.journalId;
  }

  get incarnation(): bigint {
    return this.identity.incarnation;
  }

  /** The highest number of a lease that was ever written down: one that the ledger does not know proves that it was restored. */
  get lastLease(): bigint {
    return this.contents.lastLease;
  }

  /** Leases whose finals the ledger has acknowledged: one that it holds open all the same proves that it was restored. */
  get acknowledged(): Pick<AcknowledgedLeases, 'ranges' | 'recoveredAt'> {
    return this.contents.acknowledged;
  }

  open(opening: Opening): void {
    this.unwritten.push(opening);
    this.flushSoon();
  }

  settle(settling: Settling): void {
    this.unwritten.push(settling);
    this.flushSoon();
  }

  /** When the oldest attempt was settled whose record the bus does not have; undefined where it has them all, and while they are on disk alone. */
  get oldestUntold(): Date | undefined {
    return this.untoldUsage.oldestSettledAt;
  }

  /** The bus has all that was settled. */
  get isTold(): boolean {
    return this.untoldUsage.isEmpty;
  }

  /** The bus does not have all that was settled under leases. */
  get recordsUntold(): boolean {
    return this.untoldUsage.isUntoldBefore(this.chargedBefore);
  }

  /** Of all leases whose final the ledger may not have: what was settled under them so far. */
  finals(): readonly LeaseFinal[] {
    return [...this.contents.leases.values()].map(finalOf);
  }

  /** What the ledger has acknowledged of a lease; undefined where that was long ago, or never. */
  closedFinal(number: bigint): LeaseFinal | undefined {
    const lease = this.contents.closed.get(number);
    return lease && finalOf(lease);
  }

  /** Errors: AppError UNAVAILABLE `JOURNAL_UNAVAILABLE`. */
  leaseOpened(name: LeaseName): void {
    if (this.contents.leases.has(name.number)) return;
    try {
      this.write({ kind: 'leaseOpened', lease: { name, ...NO_SUM } });
    } catch (error) {
      throw unavailable(error);
    }
  }

  leasesClosed(numbers: readonly bigint[], recoveredAt: Date | undefined): void {
    if (numbers.length > 0) this.writeOrLeave({ kind: 'leasesClosed', numbers, before: [], recoveredAt });
  }

  synced(): Promise<void> {
    this.flush();
    if (!this.syncing && this.untoldUsage.isSyncedTo(this.end)) return Promise.resolve();
    return new Promise((resolve) => {
      this.unsynced.push(resolve);
      this.dirty = true;
      this.sync();
    });
  }

  onUntold(listener: () => void): void {
    this.tellUntold = listener;
  }

  untold(max: number): readonly UntoldRecord[] {
    const oldest = this.untoldUsage.oldest(max, this.segments);
    if (oldest.length === 0) this.deleteTold();
    return oldest;
  }

  told(count: number): void {
    if (this.closed) return;
    this.untoldUsage.toldOldest(count, this.end);
    // Losing this entry is harmless.
    this.writeOrLeave({ kind: 'toldBefore', position: this.untoldUsage.toldBefore });
    this.deleteTold();
  }

  /** All that the journal of before held was told. */
  doneWithBefore(): void {
    deleteJournalOfBefore(this.options.directory);
  }

  /** Everything is on disk when it resolves; nothing may be written afterwards. Twice is once. */
  close(): Promise<void> {
    return (this.closing ??= this.closeNow());
  }

  private async closeNow(): Promise<void> {
    this.flush();
    this.closed = true;
    clearTimeout(this.syncTimer);
    clearTimeout(this.restTimer);
    clearTimeout(this.retryTimer);
    this.spare.close();
    await Promise.all([this.syncing, this.deleting]);
    try {
      this.segment.endHere();
      await this.syncWritten();
    } catch (error) {
      await this.tellDoubt();
      throw error;
    } finally {
      this.segment.close();
    }
    if (this.unwritten.length === 0) await this.identify({ clean: true });
    this.unlock();
  }

  private get segmentBytesMax(): number {
    return this.options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
  }

  /** Of all that is written. */
  private get end(): JournalPosition {
    return { segment: this.segment.number, offset: this.segment.size };
  }

  private write(entry: EncodedEntry): void {
    // Accounts in the block are where they will be only if nothing else gets there first.
    if (this.block.size > 0) throw new Error('something is about to be written already');
    this.rotateWhereFull();
    this.append(framed([encodeEntry(entry)]));
    this.contents.apply(entry);
  }

  private append(frames: Buffer, length?: number): void {
    if (this.closed) throw new Error('the journal is closed');
    this.segment.append(frames, length);
  }

  /** For what is told once more after the next start, which changes nothing. */
  private writeOrLeave(entry: EncodedEntry): void {
    try {
      this.write(entry);
    } catch (error) {
      this.options.log.error({ err: error }, 'the journal cannot be written');
      this.contents.apply(entry);
    }
  }

  private rotateWhereFull(): void {
    if (!this.closed && this.segment.size >= this.rotateAt) this.rotate();
  }

  /** Nobody waits for the disk: both are synced soon. Where the next cannot be begun, that one grows on. */
  private rotate(): void {
    const before = this.segment;
    try {
      this.segment = this.beginSegment(before.number + 1);
      this.ending.push(before);
      this.accounts.forgetWritten();
      this.dirty = true;
      this.rotateAt = this.segmentBytesMax;
      this.syncSoon();
    } catch (error) {
      this.options.log.error({ err: error }, 'the journal cannot begin another segment');
      this.rotateAt = before.size + Math.ceil(this.segmentBytesMax / 4);
    }
  }

  /** With all that is open: what is before it holds nothing but records that are to be told. Nothing of it is synced yet. */
  private beginSegment(number: number): SegmentFile {
    const { acknowledged } = this.contents;
    const entries: EncodedEntry[] = [
      { kind: 'lastLease', number: this.contents.lastLease },
      {
        kind: 'leasesClosed',
        numbers: [],
        before: acknowledged.ranges,
        recoveredAt: acknowledged.recoveredAt,
      },
      ...[...this.contents.leases.values()].map((lease) => ({ kind: 'leaseOpened', lease }) as const),
      ...this.contents.opened.all.map((attempt) => ({ kind: 'opened', attempt }) as const),
    ];
    const { ready } = this.spare;
    const segment = new SegmentFile(this.options.directory, number, ready);
    if (ready !== undefined) this.spare.renamed();
    try {
      segment.append(framed(entries.map(encodeEntry)));
    } catch (error) {
      segment.discard();
      throw error;
    }
    this.segments.push(number);
    return segment;
  }

  /** What was written when it is called is on disk when it resolves, and may leave: a segment that was begun too, by its name. */
  private async syncWritten(): Promise<void> {
    const { segment, end } = this;
    const ended = [...this.ending];
    for (const each of [...ended, segment]) await each.sync();
    if (this.identity.lastSegment !== segment.number) {
      await this.options.sync(this.options.directory);
      await this.identify({ lastSegment: segment.number });
    }
    await this.tellDoubt();
    for (const each of this.ending.splice(0, ended.length)) each.close();
    this.untoldUsage.syncedTo(end);
  }

  /** The next start knows of it, whatever becomes of this process. */
  private async tellDoubt(): Promise<void> {
    const doubtful = [...this.ending, this.segment].filter(({ isDoubtful }) => isDoubtful);
    const doubtfulTo = doubtful.at(-1)?.number ?? 0;
    if (doubtfulTo > (this.identity.doubtfulTo ?? 0)) await this.identify({ doubtfulTo });
  }

  /** One change behind the other, each of what the one before has left. */
  private identify(change: Partial<JournalIdentity>): Promise<void> {
    const identified = this.identifying.then(async () => {
      const identity = { ...this.identity, ...change };
      await writeIdentity(this.options.directory, identity, this.options.sync);
      this.identity = identity;
    });
    this.identifying = identified.catch(() => undefined);
    return identified;
  }

  private readonly flushNow = (): void => this.flush();

  private flushSoon(): void {
    this.flushing ??= setImmediate(this.flushNow);
  }

  /** Writes what waits, in order. */
  private flush(): void {
    clearImmediate(this.flushing);
    clearTimeout(this.retryTimer);
    this.flushing = this.retryTimer = undefined;
    const waiting = this.unwritten;
    this.unwritten = [];
    const entries: Entry[] = [];
    // What is written of a turn is in the segment of its accounts: nothing else is until all of it is there.
    this.rotateWhereFull();
    for (const of of waiting) this.addEntry(of, entries);
    if (entries.length > 0) this.writeEntries(entries);
    this.syncSoon();
  }

  private addEntry(of: Waiting, entries: Entry[]): void {
    const begin = this.block.size;
    try {
      const attempt = isSettled(of) ? of.attempt : of.attempt();
      if (!attempt) return;
      const account = this.accountOf(attempt);
      const record = writeAttempt(this.block, isSettled(of) ? 'settled' : 'opened', attempt, account);
      entries.push({ of, attempt, account, record, end: this.block.size });
    } catch (error) {
      this.block.cutTo(begin);
      this.accounts.forgetWritten();
      const instead = error instanceof RangeError && isSettled(of) ? this.asOpened(of) : undefined;
      if (!instead) return this.notWritten([of], error);
      this.options.log.error({ err: error }, 'an attempt is settled as it was opened');
      this.addEntry(instead, entries);
    }
  }

  /** What was settled has no place in a journal, and never will: what was opened, which has, stands for it. */
  private asOpened(of: Settling): Settling | undefined {
    const { record } = of.attempt;
    const opened = this.contents.opened.find(record);
    if (!opened || of.attempt.charges === opened.charges) return undefined;
    return {
      attempt: { ...opened, record: { ...opened.record, outcome: 'unknown', settledAt: record.settledAt } },
      written: () => of.written(),
      passed: () => of.passed(),
    };
  }

  /** Whose entry is in the segment, or before that of the attempt in the block. */
  private accountOf({ record }: Attempt): Account {
    const account = this.accounts.of(record);
    if (!this.accounts.isWritten(account)) {
      this.accounts.written(account, this.segment.size + this.block.size);
      writeAccount(this.block, account);
    }
    return account;
  }

  private writeEntries(entries: readonly Entry[]): void {
    const begin = this.segment.size;
    try {
      this.append(this.block.all, this.block.size);
    } catch (error) {
      this.block.cutTo(0);
      this.accounts.forgetWritten();
      const all = entries.map(({ of }) => of);
      return this.notWritten(all, error);
    }
    this.apply(entries, begin);
    this.block.cutTo(0);
    for (const { of } of entries) this.tell(of, written);
    for (const { of } of entries) if (isSettled(of) && !this.wasLate(of)) this.tell(of, passed);
  }

  /** @param from where the block is in the segment. */
  private apply(entries: readonly Entry[], from: number): void {
    const { number } = this.segment;
    const { all } = this.block;
    for (const { of, attempt, account, record, end } of entries) {
      if (!isSettled(of)) {
        this.contents.open(attempt);
        continue;
      }
      this.contents.settle(attempt.record, attempt.charges);
      // What is left on disk is read from there.
      const settled = this.untoldUsage.isFull
        ? undefined
        : settledOf(attempt.record, account.fields, all, record);
      const endsAt = { segment: number, offset: from + end };
      this.untoldUsage.settled(settled, endsAt);
      if (attempt.charges.length > 0) this.chargedBefore = endsAt;
      this.dirty = true;
      this.unsyncedSettled++;
    }
  }

  private wasLate(of: Settling): boolean {
    return this.late.size > 0 && this.late.delete(of);
  }

  /** A full disk keeps in memory what was settled; what was opened stands in until then. Nothing is opened. */
  private notWritten(all: readonly Waiting[], error: unknown): void {
    const settled = all.filter(isSettled);
    this.unwritten.unshift(...settled);
    this.options.log.error({ err: error, waiting: settled.length }, 'the journal cannot be written');
    if (settled.length > 0) this.retryTimer ??= setTimeout(() => this.flush(), RETRY_MS).unref();
    for (const of of all) {
      if (!isSettled(of)) this.tell(of, (opening) => opening.failed(unavailable(error)));
      else if (!this.late.has(of)) {
        this.late.add(of);
        this.tell(of, passed);
      }
    }
  }

  /** Others share the turn: what one of them does with what it is told is no matter of theirs. */
  private tell<Of extends Waiting>(of: Of, what: (of: Of) => void): void {
    try {
      what(of);
    } catch (error) {
      this.options.log.error({ err: error }, 'an attempt cannot go on');
    }
  }

  private syncSoon(): void {
    if (this.closed || this.syncing || !this.dirty) return;
    if (this.unsyncedSettled >= SYNC_SETTLED_MAX) return this.sync();
    if (this.restTimer) return;
    this.syncTimer ??= setTimeout(() => this.sync(), SYNC_AFTER_MS);
  }

  private rest(): void {
    this.restTimer ??= setTimeout(() => {
      this.restTimer = undefined;
      this.sync();
    }, SYNC_EVERY_MS);
  }

  private sync(): void {
    clearTimeout(this.syncTimer);
    this.syncTimer = undefined;
    if (this.closed || this.syncing || !this.dirty) return;
    this.dirty = false;
    this.unsyncedSettled = 0;
    this.rest();
    const waiting = this.unsynced;
    this.unsynced = [];
    this.syncing = this.syncWritten().then(
      () => this.syncedAll(waiting),
      (error: unknown) => this.notSynced(waiting, error),
    );
  }

  private syncedAll(waiting: readonly (() => void)[]): void {
    this.syncing = undefined;
    // What follows is in one that is sound, and all that it takes for the one before to go.
    if (this.segment.isDoubtful && !this.closed) this.rotate();
    for (const resolve of waiting) resolve();
    if (!this.untoldUsage.isEmpty) this.tellUntold();
    this.deleteTold();
    if (this.unsynced.length > 0) this.sync();
    else this.syncSoon();
  }

  private notSynced(waiting: readonly (() => void)[], error: unknown): void {
    this.syncing = undefined;
    this.options.log.error({ err: error }, 'the journal cannot be synced');
    // Tried again with the next sync, which is not one without that.
    this.tellDoubt().catch(() => undefined);
    this.unsynced.unshift(...waiting);
    this.dirty = true;
    setTimeout(() => this.sync(), RETRY_MS).unref();
  }

  /** Those before the first that holds records which are to be told. */
  private deleteTold(): void {
    const { toldBefore, isEmpty } = this.untoldUsage;
    // None of which not all is on disk.
    const { number: unsynced } = this.ending[0] ?? this.segment;
    const first = isEmpty ? unsynced : Math.min(unsynced, toldBefore.segment);
    const count = this.segments.findIndex((number) => number >= first);
    if (this.closed || this.deleting || count <= 0) return;
    this.deleting = this.deleteFirst(count).then(
      () => {
        this.deleting = undefined;
        // More may have been told meanwhile.
        this.deleteTold();
      },
      (error: unknown) => {
        this.deleting = undefined;
        this.options.log.error({ err: error }, 'segments of the journal cannot be deleted');
      },
    );
  }

  /** The identity names none that may be gone. */
  private async deleteFirst(count: number): Promise<void> {
    await this.identify({ firstSegment: this.segments[count] as number });
    for (const number of this.segments.splice(0, count))
      if (!this.spare.take(number)) await deleteSegment(this.options.directory, number);
  }
}

const lockOf = async ({ directory, lock }: FileJournalOptions): Promise<() => void> => {
  if (lock === undefined) return lockDirectory(directory);
  takeOver(directory, lock);
  return () => undefined;
};

const finalOf = ({ name, count, ...sums }: JournaledLease): LeaseFinal => ({
  ...name,
  ...sums,
  count: BigInt(count),
});

const written = (of: Waiting): void => of.written();
const passed = (of: Settling): void => of.passed();

const isSettled = (of: Waiting): of is Settling => 'passed' in of;

const unavailable = (cause: unknown): AppError =>
  new AppError('UNAVAILABLE', 'JOURNAL_UNAVAILABLE', { cause });

/**
 * All but those before the first that the identity names: they were told, and could not be deleted. Segments behind them may be gone, by which
 * what they open was settled.
 */
const segmentsOf = async (
  identity: JournalIdentity | undefined,
  { directory, log }: FileJournalOptions,
): Promise<number[]> => {
  const segments = segmentsIn(directory);
  const told = segments.splice(0, Math.max(0, segments.indexOf(identity?.firstSegment ?? -1)));
  for (const number of told)
    await deleteSegment(directory, number).catch((error: unknown) =>
      log.error({ err: error, segment: number }, 'a segment of the journal that was told cannot be deleted'),
    );
  return segments;
};

/** Whether segments are there of which a sync has failed. */
const isDoubtful = (identity: JournalIdentity | undefined, [first]: readonly number[]): boolean =>
  first !== undefined && first <= (identity?.doubtfulTo ?? 0);

/**
 * What is found is on disk before it is trusted. A process that ended otherwise than in order had not synced all of it, and behind the orderly end
 * of this one nobody asks whether the machine was started anew. False where that fails, as a sync that is tried again says nothing of it.
 */
const isOnDisk = async (
  identity: JournalIdentity | undefined,
  segments: readonly number[],
  { directory, sync }: FileJournalOptions,
): Promise<boolean> => {
  if (identity?.clean) return true;
  for (const number of segments) if (!(await syncSegment(directory, number, sync))) return false;
  return true;
};

/** Whether a segment that the identity names is not there. Those from before it named any are not looked for. */
const missing = (identity: JournalIdentity | undefined, segments: readonly number[]): boolean => {
  if (identity?.lastSegment === undefined || identity.firstSegment === undefined) return false;
  const there = new Set(segments);
  for (let number = identity.firstSegment; number <= identity.lastSegment; number++) {
    if (!there.has(number)) return true;
  }
  return false;
};
