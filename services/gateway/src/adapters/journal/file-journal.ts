import { mkdirSync } from 'node:fs';
import { AppError, type JournalId, randomId, journalId as parseJournalId } from '@gatehouse/kernel';
import type { Random, ServiceLog } from '@gatehouse/platform';
import { type Attempt, Journal } from '../../app/gateway.ports';
import {
  currentBootId,
  type JournalIdentity,
  readIdentity,
  syncDirectory,
  writeIdentity,
} from './journal-identity';
import { decodeLine, encodeLine, type JournalEntry, keyOf } from './journal-line';
import { lockDirectory } from './journal-lock';
import { deleteSegment, readSegment, SegmentFile, segmentsIn } from './segment-file';

export interface FileJournalOptions {
  readonly directory: string;
  readonly random: Random;
  readonly log: Pick<ServiceLog, 'warn' | 'error'>;
  /** A segment larger than this is followed by the next one. */
  readonly segmentBytesMax?: number;
}

/** An attempt that an earlier process left: settled, but not acknowledged everywhere, or never settled. */
export interface LeftAttempt {
  readonly attempt: Attempt;
  readonly settled: boolean;
}

interface Loaded {
  readonly left: Map<string, LeftAttempt & { readonly segment: number }>;
  readonly segments: number[];
  readonly damaged: boolean;
}

interface Waiting {
  readonly entry: JournalEntry;
  readonly resolve: () => void;
}

const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
const RETRY_MS = 200;

/**
 * The journal as append-only segments of checksummed lines. An entry is written by write(2) when it is made; several
 * settlements share one fdatasync. A segment goes once every attempt in it and in all older ones is done.
 */
export class FileJournal extends Journal {
  /** Found at the start, in the order in which they were opened. */
  readonly left: readonly LeftAttempt[];
  private segment: SegmentFile;
  /** Key → the segment that holds its `open`. */
  private readonly pending = new Map<string, number>();
  /** Segments that are still there, oldest first → attempts opened in them that are not done. */
  private readonly undone = new Map<number, number>();
  private unwritten: Waiting[] = [];
  private unsynced: (() => void)[] = [];
  private syncing = false;
  private doneKeys: string[] = [];

  private constructor(
    private readonly options: FileJournalOptions,
    private readonly identity: JournalIdentity,
    /** Lines may have been lost: a lease that the journal does not know may have been used all the same. */
    readonly mayHaveLost: boolean,
    loaded: Loaded,
    private readonly unlock: () => void,
  ) {
    super();
    this.left = [...loaded.left.values()];
    for (const number of loaded.segments) this.undone.set(number, 0);
    for (const [key, { segment }] of loaded.left) this.track(key, segment);
    this.segment = this.startSegment((loaded.segments.at(-1) ?? 0) + 1);
    this.deleteDone();
  }

  /** Takes the lock and a new incarnation. Errors: JournalLocked; Error when it cannot be read. */
  static async openAt(options: FileJournalOptions): Promise<FileJournal> {
    const { directory, log } = options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const unlock = await lockDirectory(directory);
    try {
      const before = readIdentity(directory);
      const loaded = load(directory);
      if (!before && loaded.segments.length > 0)
        throw new Error(`the journal in ${directory} has lost its identity`);
      const bootId = currentBootId();
      const lost = loaded.damaged || (before !== undefined && !before.clean && before.bootId !== bootId);
      if (lost) log.warn({ damaged: loaded.damaged }, 'the journal may have lost entries');
      const identity = {
        journalId: before?.journalId ?? parseJournalId(randomId('jnl', options.random.bytes(17))),
        incarnation: (before?.incarnation ?? 0n) + 1n,
        bootId,
        clean: false,
      };
      writeIdentity(directory, identity);
      return new FileJournal(options, identity, lost, loaded, unlock);
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

  open(attempt: Attempt): void {
    const key = keyOf(attempt);
    try {
      this.write({ kind: 'open', key, attempt });
    } catch (error) {
      throw new AppError('UNAVAILABLE', 'JOURNAL_UNAVAILABLE', { cause: error });
    }
    this.track(key, this.segment.number);
  }

  settle(attempt: Attempt): Promise<void> {
    return new Promise((resolve) => {
      this.unwritten.push({ entry: { kind: 'settle', key: keyOf(attempt), attempt }, resolve });
      this.flush();
    });
  }

  done(attempt: Attempt): void {
    // Losing this line is harmless, so it may wait for others of the same turn.
    if (this.doneKeys.push(keyOf(attempt)) === 1) setImmediate(() => this.flushDone());
  }

  /** Everything is on disk when it returns; nothing may be written afterwards. */
  close(): void {
    this.flushDone();
    this.segment.close();
    if (this.unwritten.length === 0) writeIdentity(this.options.directory, { ...this.identity, clean: true });
    this.unlock();
  }

  private track(key: string, segment: number): void {
    if (this.pending.has(key)) return;
    this.pending.set(key, segment);
    this.undone.set(segment, (this.undone.get(segment) ?? 0) + 1);
  }

  private write(entry: JournalEntry): void {
    if (this.segment.size >= (this.options.segmentBytesMax ?? SEGMENT_BYTES_MAX)) {
      this.segment.close();
      this.segment = this.startSegment(this.segment.number + 1);
    }
    this.segment.append(encodeLine(entry));
  }

  private startSegment(number: number): SegmentFile {
    const segment = new SegmentFile(this.options.directory, number);
    syncDirectory(this.options.directory);
    this.undone.set(number, 0);
    return segment;
  }

  /** Writes what was settled, in order. A full disk keeps it in memory; the `open` entry stands in until then. */
  private flush(): void {
    while (this.unwritten.length > 0) {
      const [next] = this.unwritten as [Waiting];
      try {
        this.write(next.entry);
      } catch (error) {
        this.options.log.error(
          { err: error, waiting: this.unwritten.length },
          'the journal cannot be written',
        );
        setTimeout(() => this.flush(), RETRY_MS).unref();
        return;
      }
      this.unwritten.shift();
      this.unsynced.push(next.resolve);
    }
    this.sync();
  }

  private sync(): void {
    if (this.syncing || this.unsynced.length === 0) return;
    this.syncing = true;
    const waiting = this.unsynced;
    this.unsynced = [];
    this.segment.sync((error) => {
      this.syncing = false;
      if (!error) {
        for (const resolve of waiting) resolve();
        return this.sync();
      }
      this.options.log.error({ err: error }, 'the journal cannot be synced');
      this.unsynced.unshift(...waiting);
      setTimeout(() => this.sync(), RETRY_MS).unref();
    });
  }

  private flushDone(): void {
    const keys = this.doneKeys;
    if (keys.length === 0) return;
    this.doneKeys = [];
    try {
      this.write({ kind: 'done', keys });
    } catch (error) {
      // They are told once more after the next start, which changes nothing.
      this.options.log.error({ err: error }, 'the journal cannot be written');
    }
    for (const key of keys) {
      const segment = this.pending.get(key);
      if (segment === undefined) continue;
      this.pending.delete(key);
      this.undone.set(segment, (this.undone.get(segment) ?? 1) - 1);
    }
    this.deleteDone();
  }

  /** Oldest first, and never one whose elders are still there: an `open` must not outlive its settlement. */
  private deleteDone(): void {
    for (const [number, undone] of this.undone) {
      if (undone > 0 || number === this.segment.number) return;
      deleteSegment(this.options.directory, number);
      this.undone.delete(number);
    }
  }
}

const load = (directory: string): Loaded => {
  const segments = segmentsIn(directory);
  const left: Loaded['left'] = new Map();
  let damaged = false;
  for (const segment of segments) {
    for (const line of readSegment(directory, segment).lines) {
      const entry = decodeLine(line);
      if (!entry) damaged = true;
      else if (entry.kind === 'done') for (const key of entry.keys) left.delete(key);
      else {
        const settled = entry.kind === 'settle';
        const first = left.get(entry.key)?.segment ?? segment;
        left.set(entry.key, { attempt: entry.attempt, settled, segment: first });
      }
    }
  }
  return { left, segments, damaged };
};
