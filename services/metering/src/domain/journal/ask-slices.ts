import type { JournalId, LimitId, OrganizationId } from '@gatehouse/kernel';
import { type Amounts, maxOf, minOf } from '../lease/amounts';
import { assertSpeaks, type Denial, denialOf, validForMs } from '../lease/ask-lease';
import type { LeaseTerms } from '../lease/lease';
import { type Account, type Grounds, groundsOf, type NoGrounds, type ScopeAt } from '../ledger/grounds';
import { freeOf, keyOfRow } from '../ledger/ledger-row';
import { type LimitState, stateOf } from '../ledger/limit-state';
import { type Decided, type LedgerView, unchanged } from '../ledger/ledger-view';
import type { Scope } from '../limit/limit-in-force';
import type { HeldLease } from './held-lease';
import { LeaseChanges } from './lease-changes';

/** One ask for slices of all limits of a request. */
export interface AskSlices {
  readonly type: 'AskSlices';
  readonly askId: string;
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly ScopeAt[];
  /** Per unit, of limits that `wishes` does not name. */
  readonly want: Amounts;
  /** Never above what is wanted. */
  readonly least: Amounts;
  /** The cost in USD is unknown. */
  readonly unpriced: boolean;
  /** 0: the journal has room of it. */
  readonly wishes: ReadonlyMap<LimitId, bigint>;
}

export interface GrantedLease {
  readonly number: bigint;
  /** After the grant. */
  readonly limit: LimitState;
  readonly cap: bigint;
  /** From the first sending of the ask. */
  readonly validForMs: number;
  /** Its own end, from then; absent where it has none. */
  readonly endsInMs: number | undefined;
  readonly strict: boolean;
}

export interface SliceGrant {
  readonly kind: 'slices';
  readonly leases: readonly GrantedLease[];
  readonly scopes: readonly ScopeAt[];
  /** Limits that gave nothing because nothing of them was wanted. */
  readonly covered: readonly LimitState[];
  readonly validForMs: number;
}

export interface AskRefused {
  readonly kind: 'refused';
  readonly reason: 'SCOPE_OF_ANOTHER_ORGANIZATION' | 'LEDGER_RESTORED';
}

export interface AskExpired {
  readonly kind: 'expired';
  readonly scope: Scope;
}

/** What is kept, so that a repetition hears the same. */
export type SliceOutcome = SliceGrant | Denial;

export type SliceAnswer = SliceOutcome | AskRefused | AskExpired | { readonly kind: 'notSeen' };

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
  if (earlier) return unchanged(earlier);
  if (view.restored()) return unchanged({ kind: 'refused', reason: 'LEDGER_RESTORED' });
  const grounds = groundsOf(ask, view, now);
  if (grounds.kind !== 'grounds') return unchanged(withoutGrounds(grounds));
  const slices = grounds.accounts.map((account): Slice => {
    const { id, unit } = account.inForce.limit;
    return { ...account, want: ask.wishes.get(id) ?? ask.want[unit] };
  });
  const denial = denialOf(
    ask,
    slices.filter(({ want }) => want > 0n),
  );
  return denial ? keep(ask, denial) : grant(ask, grounds, slices, view, now, terms);
};

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

const keep = ({ journalId, askId }: AskSlices, outcome: SliceOutcome): Decided<SliceAnswer> => ({
  answer: outcome,
  change: { sliceOutcomes: [{ journalId, askId, outcome }] },
});

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
  const granted: { readonly lease: HeldLease; readonly slice: Slice }[] = [];
  for (const slice of slices) {
    const cap = capOf(slice, ask.least, view);
    // A row goes on to the period and the amount of now, whether it gives something or not.
    changes.enter(slice.row);
    if (cap === 0n) continue;
    const number = journal.lastLease + BigInt(granted.length + 1);
    const lease = leaseOf(
      ask,
      slice,
      { number, cap },
      new Date(now.getTime() + terms.ttlMs + terms.marginMs),
    );
    changes.put(undefined, lease);
    granted.push({ lease, slice });
  }
  const outcome: SliceGrant = {
    kind: 'slices',
    leases: granted.map(({ lease, slice }) => toGranted(lease, slice, changes, now, terms)),
    scopes: grounds.scopes,
    covered: slices
      .filter(({ inForce }) => !granted.some(({ slice }) => slice.inForce === inForce))
      .map(({ inForce, row }) => stateOf(inForce, row)),
    validForMs: validForMs(grounds.scopesEnd, now, terms),
  };
  const lastLease = journal.lastLease + BigInt(granted.length);
  const { answer, change } = keep(ask, outcome);
  return { answer, change: { ...change, ...changes.done(), journals: [{ ...journal, lastLease }] } };
};

/** Near to what is wanted, but never all that is left: others hold leases of the limit too, or soon will. */
const capOf = ({ want, row, inForce }: Slice, least: Amounts, view: LedgerView): bigint => {
  const share = freeOf(row) / (2n * BigInt(view.holdersOf(keyOfRow(row.limitId, row.start)) + 1));
  return minOf(want, maxOf(least[inForce.limit.unit], share));
};

const leaseOf = (
  ask: AskSlices,
  { inForce: { limit, scope }, row, revision, admitUntil }: Slice,
  { number, cap }: Pick<HeldLease, 'number' | 'cap'>,
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
  sequence: 0n,
  count: 0n,
  sum: 0n,
  doubt: 0n,
});

const toGranted = (
  { number, cap, admitUntil }: HeldLease,
  { inForce, row }: Slice,
  changes: LeaseChanges,
  now: Date,
  terms: LeaseTerms,
): GrantedLease => ({
  number,
  limit: stateOf(inForce, changes.row(row.limitId, row.start) ?? row),
  cap,
  validForMs: validForMs(admitUntil, now, terms),
  endsInMs: admitUntil && admitUntil.getTime() - now.getTime(),
  strict: inForce.limit.kind === 'budget' && inForce.limit.strict,
});
