import { type JournalId, type LimitId, Signal } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import type { SliceAnswer } from '../../domain/journal/slices';
import type { WantedLimits } from '../../domain/journal/waiting-line';
import type { ScopeAt } from '../../domain/limit/limit-in-force';

/** What a journal is told unasked. */
export type LeaseNotice =
  | { readonly kind: 'scopesChanged'; readonly scopes: readonly ScopeAt[] }
  /** An ask of its that stood in line has its answer. */
  | { readonly kind: 'answered'; readonly askId: string; readonly answer: SliceAnswer }
  /** Somebody waits for these limits. */
  | { readonly kind: 'wanted'; readonly limits: WantedLimits }
  /** Nobody does any more; what was denied of them may fit now. */
  | { readonly kind: 'calm' | 'room'; readonly limitIds: readonly LimitId[] };

/** More than this unread, and a journal has missed something anyhow: it hears the rest by asking again. */
const UNREAD_MAX = 10_000;

/** Where this process puts what journals that listen to it are to hear. Who does not listen has nothing kept for it. */
export class NoticeBoard {
  private readonly readers = new Set<NoticeReader>();
  private readonly wanted = new Map<LimitId, bigint>();

  /** Of the journals that listen here. */
  get journals(): readonly JournalId[] {
    return [...new Set([...this.readers].map(({ journalId }) => journalId))];
  }

  /** Limits for which somebody waits, as far as this process knows. */
  get wantedLimits(): WantedLimits {
    return this.wanted;
  }

  /** Hears first for which limits somebody waits. */
  read(journalId: JournalId): NoticeReader {
    const reader = new NoticeReader(journalId, () => this.readers.delete(reader));
    this.readers.add(reader);
    if (this.wanted.size > 0) reader.put({ kind: 'wanted', limits: new Map(this.wanted) });
    return reader;
  }

  answered(journalId: JournalId, askId: string, answer: SliceAnswer): void {
    for (const reader of this.readers) {
      if (reader.journalId === journalId) reader.put({ kind: 'answered', askId, answer });
    }
  }

  room(limitIds: readonly LimitId[]): void {
    for (const reader of this.readers) reader.put({ kind: 'room', limitIds });
  }

  /** Everybody hears what is new of it, and all of it again when `again` says so. Turns never fall as long as somebody waits. */
  want(limits: WantedLimits, again = false): void {
    const said = new Map<LimitId, bigint>();
    for (const [limitId, turn] of limits) {
      const before = this.wanted.get(limitId) ?? -1n;
      if (again || turn > before) said.set(limitId, maxOf(turn, before));
    }
    for (const [limitId, turn] of said) this.wanted.set(limitId, turn);
    if (said.size === 0) return;
    for (const reader of this.readers) reader.put({ kind: 'wanted', limits: said });
  }

  /** Nobody waits for these any more. */
  calm(limitIds: readonly LimitId[]): void {
    const calm = limitIds.filter((limitId) => this.wanted.delete(limitId));
    if (calm.length === 0) return;
    for (const reader of this.readers) reader.put({ kind: 'calm', limitIds: calm });
  }
}

/** One journal's view of the board. */
export class NoticeReader {
  private unread: LeaseNotice[] = [];
  private readonly arrived = new Signal();

  constructor(
    readonly journalId: JournalId,
    /** Nothing more is kept for it. */
    readonly close: () => void,
  ) {}

  put(notice: LeaseNotice): void {
    if (this.unread.length < UNREAD_MAX) this.unread.push(notice);
    this.arrived.raise();
  }

  take(): readonly LeaseNotice[] {
    const taken = this.unread;
    this.unread = [];
    return taken;
  }

  /** Resolves when there is something to read, when the time is over, or when it is aborted. */
  async arrival(withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.unread.length === 0) await this.arrived.wait(this.arrived.mark(), withinMs, signal);
  }
}
