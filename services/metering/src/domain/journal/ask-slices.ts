import { maxOf, minOf } from '@gatehouse/leases';
import { assertSpeaks, denialOf, type Fit, validForMs } from '../lease/ask-lease';
import type { Denial } from '../lease/ask-outcome';
import type { LeaseTerms } from '../lease/lease';
import { type Account, type Grounds, groundsOf, type NoGrounds } from '../ledger/grounds';
import { freeOf, keyOfRow, type LedgerRow, reachableOf, withNeed } from '../ledger/ledger-row';
import type { Decided, LedgerChange, LedgerView } from '../ledger/ledger-view';
import { stateOf } from '../ledger/limit-state';
import type { HeldLease } from './held-lease';
import { LeaseChanges } from './lease-changes';
import type { AskSlices, GrantedLease, SliceAnswer, SliceGrant, SliceOutcome } from './slices';
import { hasLeft, isWaiting, lineOf, mayTake, spareBeside } from './waiting-line';
import { isOf, placeIn, type Waiter } from './waiter';

interface Slice extends Account {
  readonly want: bigint;
}

/**
 * Grants from every limit of every scope, or from none. Only here, and where a group lease is asked for, are limits
 * tested. Refusals of the journal: REFUSED `JOURNAL_NOT_OPEN`, `JOURNAL_FENCED`; all else is an answer.
 */
export const askSlices = (
  ask: AskSlices,
  view: LedgerView,
  now: Date,
  terms: LeaseTerms,
): Decided<SliceAnswer> => {
  assertSpeaks(view.journal(ask.journalId), ask.incarnation);
  const earlier = view.sliceOutcomeOf(ask.journalId, ask.askId);
  if (earlier) return { answer: earlier, change: {} };
  if (view.restored()) return leaving(ask, view, { kind: 'refused', reason: 'LEDGER_RESTORED' });
  const grounds = groundsOf(ask, view, now);
  if (grounds.kind !== 'grounds') return leaving(ask, view, withoutGrounds(grounds));
  const slices = grounds.accounts.map((account): Slice => {
    const { id, unit } = account.inForce.limit;
    return { ...account, want: ask.wishes.get(id) ?? ask.want[unit] };
  });
  const wanted = slices.filter(({ want }) => want > 0n);
  const until = waitsUntil(ask, view, now);
  const fit = until > now ? besideOthers(ask, view, now) : ofWhatIsFree;
  const waiter = view.waiter(ask.journalId, ask.askId);
  // Whoever asks for it by a look at the line, and not by itself, grants nothing to who is gone.
  if (waiter && ask.waitMs > 0 && hasLeft(waiter, now)) return deny(ask, waiter.denial, wanted, view);
  // What has no price wants no money, and is for that against each budget in USD.
  const inUsd = ask.unpriced ? slices.filter(({ inForce }) => inForce.limit.unit === 'nanoUsd') : [];
  const denial = denialOf(ask, inUsd.length > 0 ? inUsd : wanted, fit);
  if (!denial) return grant(ask, grounds, slices, view, now, terms);
  if (!denial.mayFitLater)
    return deny(ask, { ...denial, validForMs: deniedForMs(denial, now) }, wanted, view);
  if (until <= now) return deny(ask, denial, wanted, view);
  const against = wanted.filter((slice) => !fit.fits(slice, ask.least[slice.inForce.limit.unit]));
  return stand(ask, against, { denial, until }, view, now);
};

/** What idle leases and holds in flight give back counts as room within the wait, of requests too. */
const besideOthers = (ask: AskSlices, view: LedgerView, now: Date): Fit => ({
  ...ofWhatIsFree,
  fits: ({ row }, least) => mayTake(row, least, view, ask, now),
});

/** Who can wait no longer is held up for nobody's sake: it would be refused what is there. */
const ofWhatIsFree: Fit = {
  fits: ({ row }, least) => least <= freeOf(row),
  mayFitLater: ({ row }, least) => least <= reachableOf(row),
};

/** Whoever did not hear that somebody has made room is refused for no longer: lines are looked at as often. */
const DENIED_FOR_MS = 250;

/** What can never fit in the period does not fit for others either; without a price, no amount would. */
const deniedForMs = ({ reason, limit: { resetsAt } }: Denial, now: Date): number => {
  if (reason === 'unpriced') return 0;
  return resetsAt ? Math.max(0, Math.min(DENIED_FOR_MS, resetsAt.getTime() - now.getTime())) : DENIED_FOR_MS;
};

/** Its first sending decides. Asked again without a wait, it is to be answered at once. */
const waitsUntil = ({ journalId, askId, waitMs }: AskSlices, view: LedgerView, now: Date): Date => {
  if (waitMs === 0) return now;
  const waiter = view.waiter(journalId, askId);
  if (waiter) return isWaiting(waiter, now) ? waiter.until : now;
  return new Date(now.getTime() + waitMs);
};

/** Into the line of every limit that denies it, behind those who came to a line before it; where it stands already it stays. */
const stand = (
  ask: AskSlices,
  against: readonly Slice[],
  { denial, until }: Pick<Waiter, 'denial' | 'until'>,
  view: LedgerView,
  now: Date,
): Decided<SliceAnswer> => {
  const before = view.waiter(ask.journalId, ask.askId);
  const joined = against.filter(({ row }) => !before || !placeIn(before, row.limitId));
  const rows = joined.map(({ row }): LedgerRow => ({ ...row, turn: row.turn + 1n }));
  const places = joined.map(({ row, inForce }) => ({
    limitId: row.limitId,
    least: ask.least[inForce.limit.unit],
    turn: row.turn + 1n,
  }));
  const waiter: Waiter = {
    ask: before?.ask ?? ask,
    came: before?.came ?? view.lastCame() + 1n,
    denial,
    until,
    places: [...(before?.places ?? []), ...places],
  };
  const ahead = lineOf(view, denial.limit.limitId, now).filter(({ came }) => came < waiter.came).length;
  return {
    answer: { kind: 'waiting', ahead, denial },
    change: joined.length > 0 ? { waiters: [waiter], rows } : {},
  };
};

/** Answered without an outcome: it may be asked anew. */
const leaving = (ask: AskSlices, view: LedgerView, answer: SliceAnswer): Decided<SliceAnswer> => ({
  answer,
  change: leavingLines(ask, view),
});

const leavingLines = ({ journalId, askId }: AskSlices, view: LedgerView): LedgerChange =>
  view.waiter(journalId, askId) ? { left: [{ journalId, askId }] } : {};

/** What cannot be had may show that a budget is exhausted, or that its limit has changed. */
const deny = (
  ask: AskSlices,
  denial: Denial,
  wanted: readonly Slice[],
  view: LedgerView,
): Decided<SliceAnswer> => {
  const changes = new LeaseChanges(view);
  for (const slice of wanted) {
    if (slice.row.budget) changes.review(neededOf(slice, ask));
  }
  const { answer, change } = keep(ask, view, denial);
  return { answer, change: { ...change, ...changes.done() } };
};

const neededOf = ({ row, inForce: { limit } }: Slice, { least }: AskSlices): LedgerRow =>
  withNeed(row, least[limit.unit]);

const withoutGrounds = ({ kind, scope }: NoGrounds): SliceAnswer => {
  switch (kind) {
    case 'notSeen':
      return { kind };
    case 'foreign':
      return { kind: 'refused', reason: 'SCOPE_OF_ANOTHER_ORGANIZATION' };
    case 'expired':
      return { kind, scope };
  }
};

const keep = (ask: AskSlices, view: LedgerView, outcome: SliceOutcome): Decided<SliceAnswer> => {
  const { journalId, askId } = ask;
  return {
    answer: outcome,
    change: { ...leavingLines(ask, view), sliceOutcomes: [{ journalId, askId, outcome }] },
  };
};

const grant = (
  ask: AskSlices,
  grounds: Grounds,
  slices: readonly Slice[],
  view: LedgerView,
  now: Date,
  terms: LeaseTerms,
): Decided<SliceAnswer> => {
  const journal = view.journal(ask.journalId);
  if (!journal) throw new Error(`no journal ${ask.journalId}`);
  const changes = new LeaseChanges(view);
  const waited = waitedMs(ask, view, now);
  const deadline = new Date(now.getTime() + terms.ttlMs + terms.marginMs);
  const granted: Given[] = [];
  for (const slice of slices) {
    const { cap, isScarce } = shareOf(ask, slice, view, now);
    // A row goes on to the period and the amount of now, whether it gives something or not.
    const turn = slice.row.turn + (cap > 0n ? 1n : 0n);
    changes.assess({ ...(slice.want > 0n ? neededOf(slice, ask) : slice.row), turn });
    if (cap === 0n) continue;
    const number = journal.lastLease + BigInt(granted.length + 1);
    const lease = leaseOf(ask, slice, { number, cap, turn }, deadline);
    changes.put(undefined, lease);
    granted.push({ lease, slice, isScarce });
  }
  const outcome: SliceGrant = {
    kind: 'slices',
    leases: granted.map((given) => toGranted(given, changes, now, terms, waited)),
    scopes: grounds.scopes,
    covered: slices
      .filter(({ inForce }) => !granted.some(({ slice }) => slice.inForce === inForce))
      .map(({ inForce, row }) => stateOf(inForce, row)),
    validForMs: validForMs(grounds.scopesEnd, now, terms) + waited,
  };
  const lastLease = journal.lastLease + BigInt(granted.length);
  const { answer, change } = keep(ask, view, outcome);
  return { answer, change: { ...change, ...changes.done(), journals: [{ ...journal, lastLease }] } };
};

/** Since it was heard for the first time, in milliseconds: who sent it counts from when that was sent, which was before. */
const waitedMs = ({ journalId, askId }: AskSlices, view: LedgerView, now: Date): number => {
  const waiter = view.waiter(journalId, askId);
  if (!waiter) return 0;
  const { waitMs } = waiter.ask;
  return Math.min(waitMs, Math.max(0, now.getTime() - waiter.until.getTime() + waitMs));
};

interface Given {
  readonly lease: HeldLease;
  readonly slice: Slice;
  readonly isScarce: boolean;
}

/**
 * Near to what is wanted, but never all that is left: others hold leases of the limit too, or wait for it, or soon will. It is scarce
 * where there is nothing beyond need for the sake of who waits.
 */
const shareOf = (
  ask: AskSlices,
  { want, row, inForce }: Slice,
  view: LedgerView,
  now: Date,
): { readonly cap: bigint; readonly isScarce: boolean } => {
  const others = lineOf(view, row.limitId, now).filter((waiter) => !isOf(waiter, ask));
  const spare = spareBeside(row, others, view);
  const share = spare / (2n * BigInt(view.holdersOf(keyOfRow(row.limitId, row.start)) + 1));
  const cap = minOf(want, maxOf(ask.least[inForce.limit.unit], share));
  return { cap, isScarce: others.length > 0 && spare <= 0n };
};

const leaseOf = (
  ask: AskSlices,
  { inForce: { limit, scope }, row, revision, admitUntil }: Slice,
  { number, cap, turn }: Pick<HeldLease, 'number' | 'cap' | 'turn'>,
  deadline: Date,
): HeldLease => ({
  journalId: ask.journalId,
  number,
  organizationId: ask.organizationId,
  limitId: limit.id,
  periodStart: row.start,
  unit: limit.unit,
  scope,
  revision,
  cap,
  status: 'open',
  deadline,
  admitUntil,
  turn,
  sequence: 0n,
  count: 0n,
  sum: 0n,
  doubt: 0n,
  released: false,
});

const toGranted = (
  { lease: { number, cap, turn, admitUntil }, slice: { inForce, row }, isScarce }: Given,
  changes: LeaseChanges,
  now: Date,
  terms: LeaseTerms,
  waited: number,
): GrantedLease => ({
  number,
  limit: stateOf(inForce, changes.row(row.limitId, row.start) ?? row),
  cap,
  validForMs: validForMs(admitUntil, now, terms) + waited,
  endsInMs: admitUntil && admitUntil.getTime() - now.getTime() + waited,
  strict: inForce.limit.kind === 'budget' && inForce.limit.strict,
  turn: isScarce ? 0n : turn,
});
