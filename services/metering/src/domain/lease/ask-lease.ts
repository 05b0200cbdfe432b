import { AppError, deriveId, type JournalId, leaseId, type OrganizationId } from '@gatehouse/kernel';
import { type Amounts, maxOf, minOf, NOTHING, UNITS } from '@gatehouse/leases';
import { assessRow } from '../ledger/assess-row';
import { type Account, type Grounds, groundsOf } from '../ledger/grounds';
import { freeOf, reachableOf, withHold, withNeed } from '../ledger/ledger-row';
import { type Decided, type LedgerView, unchanged } from '../ledger/ledger-view';
import { type LimitState, remainingOf, stateOf } from '../ledger/limit-state';
import type { Scope, Unit } from '../limit/limit-in-force';
import type { AskOutcome, Denial, Grant } from './ask-outcome';
import type { Journal, Lease, LeaseTerms } from './lease';
import type { PendingEvent } from './lease.events';

/** One ask for all limits of a request. */
export interface AskLease {
  readonly type: 'AskLease';
  readonly askId: string;
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly organizationId: OrganizationId;
  readonly scopes: readonly { readonly scope: Scope; readonly revision: bigint }[];
  readonly want: Amounts;
  /** Never above `want`. */
  readonly least: Amounts;
  /** The cost in USD is unknown. */
  readonly unpriced: boolean;
}

/** The ask was made under limits that have not been heard of yet: no outcome, to be asked again. */
export const SCOPE_NOT_SEEN = 'scopeNotSeen';

/**
 * Grants from every limit of every scope, or from none. Only here are limits tested. Refusals, in this order:
 * REFUSED `JOURNAL_NOT_OPEN`, `JOURNAL_FENCED`; INVALID `SCOPE_OF_ANOTHER_ORGANIZATION`; REFUSED `SCOPE_EXPIRED`. A denial is
 * an answer.
 */
export const askLease = (
  ask: AskLease,
  view: LedgerView,
  now: Date,
  terms: LeaseTerms,
): Decided<AskOutcome | typeof SCOPE_NOT_SEEN> => {
  assertSpeaks(view.journal(ask.journalId), ask.incarnation);
  const earlier = view.outcomeOf(ask.journalId, ask.askId);
  if (earlier) return unchanged(earlier);
  const grounds = groundsOf(ask, view, now);
  switch (grounds.kind) {
    case 'notSeen':
      return unchanged(SCOPE_NOT_SEEN);
    case 'foreign':
      throw new AppError('INVALID', 'SCOPE_OF_ANOTHER_ORGANIZATION', {
        metadata: { scope: grounds.scope.id },
      });
    case 'expired':
      throw new AppError('REFUSED', 'SCOPE_EXPIRED', { metadata: { scope: grounds.scope.id } });
    case 'grounds':
      return decide(ask, grounds, now, terms);
  }
};

/** REFUSED `JOURNAL_NOT_OPEN` until the incarnation was opened, `JOURNAL_FENCED` once a later one was. */
export const assertSpeaks = (
  journal: Pick<Journal, 'incarnation'> | undefined,
  incarnation: bigint,
): void => {
  if (!journal || journal.incarnation < incarnation) throw new AppError('REFUSED', 'JOURNAL_NOT_OPEN');
  if (journal.incarnation > incarnation) throw new AppError('REFUSED', 'JOURNAL_FENCED');
};

const decide = (ask: AskLease, grounds: Grounds, now: Date, terms: LeaseTerms): Decided<AskOutcome> => {
  const { accounts, admitUntil } = grounds;
  const denial = denialOf(ask, accounts);
  if (denial) return { answer: denial, change: { outcomes: [answered(ask, denial)] } };
  const cap = capOf(ask, accounts);
  if (accounts.length > 0) return grant(ask, grounds, cap, now, terms);
  const outcome: Grant = {
    kind: 'grant',
    leaseId: undefined,
    cap,
    validForMs: validForMs(admitUntil, now, terms),
    limits: [],
    strict: false,
  };
  return { answer: outcome, change: { outcomes: [answered(ask, outcome)] } };
};

const answered = ({ journalId, askId }: AskLease, outcome: AskOutcome) => ({ journalId, askId, outcome });

const grant = (
  ask: AskLease,
  { accounts, admitUntil }: Grounds,
  cap: Amounts,
  now: Date,
  terms: LeaseTerms,
): Decided<AskOutcome> => {
  const deadline = new Date(now.getTime() + terms.ttlMs + terms.marginMs);
  const lease = { ...leaseOf(ask, accounts, cap), deadline, admitUntil };
  const events: PendingEvent[] = [];
  const held = accounts.map((account) => {
    const { inForce, row } = account;
    // A limit that was lowered may have crossed a threshold without a charge.
    const needed = withNeed(row, ask.least[inForce.limit.unit]);
    const assessed = assessRow(withHold(needed, cap[inForce.limit.unit]));
    events.push(...assessed.events);
    return { ...account, row: assessed.row };
  });
  const outcome: Grant = {
    kind: 'grant',
    leaseId: lease.id,
    cap,
    validForMs: validForMs(lease.admitUntil, now, terms),
    limits: tightestOf(held),
    strict: accounts.some(({ inForce: { limit } }) => limit.kind === 'budget' && limit.strict),
  };
  const rows = held.map(({ row }) => row);
  return {
    answer: outcome,
    change: { outcomes: [answered(ask, outcome)], leases: [lease], rows, events },
  };
};

const leaseOf = (
  ask: AskLease,
  accounts: readonly Account[],
  cap: Amounts,
): Omit<Lease, 'deadline' | 'admitUntil'> => ({
  id: leaseId(deriveId('lse', ask.journalId, ask.askId)),
  askId: ask.askId,
  journalId: ask.journalId,
  organizationId: ask.organizationId,
  status: 'open',
  returns: 0n,
  count: 0n,
  sum: NOTHING,
  doubt: NOTHING,
  slices: accounts.map(({ inForce: { limit }, row }) => ({
    limitId: limit.id,
    periodStart: row.start,
    unit: limit.unit,
    cap: cap[limit.unit],
    charged: 0n,
  })),
});

/** Per unit the least over its limits of the fair grant: near to `want`, but never all that is left. */
const capOf = ({ want, least }: AskLease, accounts: readonly Account[]): Amounts => {
  const cap: Record<Unit, bigint> = { ...want };
  for (const unit of UNITS) {
    for (const { inForce, row } of accounts) {
      if (inForce.limit.unit !== unit) continue;
      const share = freeOf(row) / (2n * BigInt(row.openLeases + 1));
      cap[unit] = minOf(cap[unit], maxOf(least[unit], share));
    }
  }
  return cap;
};

/**
 * What stands against an ask. Of several limits the witness is one that will not fit later either, where there is one;
 * budgets come before rate limits, since they last longer.
 */
export const denialOf = (
  { least, unpriced }: Pick<AskLease, 'least' | 'unpriced'>,
  accounts: readonly Account[],
  { fits, mayFitLater }: Fit = AT_ONCE,
): Denial | undefined => {
  const usdBudget = unpriced
    ? accounts.find(({ inForce: { limit } }) => limit.unit === 'nanoUsd')
    : undefined;
  if (usdBudget) {
    return {
      kind: 'denial',
      reason: 'unpriced',
      limit: stateOf(usdBudget.inForce, usdBudget.row),
      mayFitLater: false,
      validForMs: 0,
    };
  }
  const against = accounts
    .filter((account) => !fits(account, least[account.inForce.limit.unit]))
    .map((account) => ({
      ...account,
      mayFitLater: mayFitLater(account, least[account.inForce.limit.unit]),
    }))
    .sort(
      (a, b) => Number(a.mayFitLater) - Number(b.mayFitLater) || Number(b.row.budget) - Number(a.row.budget),
    );
  const [witness] = against;
  if (!witness) return undefined;
  return {
    kind: 'denial',
    reason: witness.row.budget ? 'budgetExceeded' : 'rateLimitExceeded',
    limit: stateOf(witness.inForce, witness.row),
    mayFitLater: witness.mayFitLater,
    validForMs: 0,
  };
};

/** What fits of a limit: now, and once others have settled what they hold or given it back. */
export interface Fit {
  readonly fits: (account: Account, least: bigint) => boolean;
  readonly mayFitLater: (account: Account, least: bigint) => boolean;
}

/** Requests are consumed when they are admitted: leases of one request give none of them back. */
const AT_ONCE: Fit = {
  fits: ({ row }, least) => freeOf(row) >= least,
  mayFitLater: ({ inForce: { limit }, row }, least) => limit.unit !== 'requests' && least <= reachableOf(row),
};

/** In milliseconds, at most the time to live. */
export const validForMs = (admitUntil: Date | undefined, now: Date, { ttlMs }: LeaseTerms): number =>
  admitUntil ? Math.max(0, Math.min(ttlMs, admitUntil.getTime() - now.getTime())) : ttlMs;

const tightestOf = (accounts: readonly Account[]): readonly LimitState[] => {
  const tightest = new Map<string, Account>();
  for (const account of accounts) {
    const kind = `${account.row.budget} ${account.inForce.limit.unit}`;
    const other = tightest.get(kind);
    if (!other || remainingOf(account.row) < remainingOf(other.row)) tightest.set(kind, account);
  }
  return [...tightest.values()].map(({ inForce, row }) => stateOf(inForce, row));
};
