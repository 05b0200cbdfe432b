import {
  deriveId,
  FixedClock,
  journalId,
  type Limit,
  type LimitId,
  limitId,
  nanoUsd,
  organizationId,
  type ScopeKind,
} from '@gatehouse/kernel';
import type { Amounts, LeaseScope } from '@gatehouse/leases';
import type { Ledger } from '../app/lease/lease.ports';
import type { AskSlices, SliceAnswer } from '../domain/journal/slices';
import { asksToServe, wantedOf } from '../domain/journal/asks-to-serve';
import type { WantedLimits } from '../domain/journal/waiting-line';
import { type HeldLease, sharesOf } from '../domain/journal/held-lease';
import type { ScopeAt } from '../domain/limit/limit-in-force';
import { keyOfRow, type LedgerRow } from '../domain/ledger/ledger-row';
import type { AskLease } from '../domain/lease/ask-lease';
import type { AskOutcome } from '../domain/lease/ask-outcome';
import type { Lease, LeaseTerms } from '../domain/lease/lease';
import type { AskedByHand, BudgetEvent } from '../domain/lease/lease.events';
import { keyOfScope, type ScopeInForce } from '../domain/limit/limit-in-force';
import { InMemoryLedger } from './in-memory-ledger';

/** Of rows whose doubt nobody waived. */
export const NEVER_WAIVED = { amount: 0n, at: undefined };

/** A ledger whose clock and limits a spec decides, and whose books it may look at. */
export interface LedgerHarness {
  readonly ledger: Ledger;
  readonly clock: FixedClock;
  setScope(scope: ScopeInForce): Promise<void>;
  rows(): Promise<readonly LedgerRow[]>;
  leases(): Promise<readonly Lease[]>;
  heldLeases(): Promise<readonly HeldLease[]>;
  /** Of budgets, in the order in which they were decided. */
  events(): Promise<readonly BudgetEvent[]>;
  /** Offers what is free to those in all lines, once: how those were answered who wait no longer, by their asks' ids. */
  serveLines(): Promise<Readonly<Record<string, SliceAnswer>>>;
  /** For which limits somebody waits, and up to which turn leases are called back. */
  wanted(): Promise<WantedLimits>;
  close(): Promise<void>;
}

export const TERMS: LeaseTerms = { ttlMs: 30_000, marginMs: 15_000 };
/** A Tuesday in a month's second week. */
export const START = new Date('2026-11-10T12:00:00Z');
export const ORGANIZATION = organizationId(deriveId('org', 'spec'));
export const JOURNAL = journalId(deriveId('jnl', 'spec'));

/** The operator, for that reason. */
export const byOperator = (reason: string): AskedByHand => ({
  actor: { kind: 'operator', id: 'operator', address: '10.0.0.1' },
  ...{ reason, command: 'Spec' },
});

const PREFIX: Record<ScopeKind, string> = {
  provision: 'prv',
  workspace: 'ws',
  apiKey: 'key',
  integration: 'int',
  organization: 'org',
  workspaceKey: 'key',
};

export const usdBudget = (
  name: string,
  amount: bigint,
  more: Partial<Extract<Limit, { kind: 'budget' }>> = {},
): Limit =>
  ({
    id: limitId(deriveId('lim', name)),
    kind: 'budget',
    unit: 'nanoUsd',
    amount: nanoUsd(amount),
    reset: { period: 'monthly' },
    strict: false,
    ...more,
  }) as Limit;

export const rateLimit = (
  name: string,
  unit: 'requests' | 'tokens',
  amount: bigint,
  window: 'minute' | 'hour' | 'day' = 'minute',
): Limit => ({ id: limitId(deriveId('lim', name)), kind: 'rate', unit, amount, window });

/** As a lease client names it. */
export const toScopeAt = ({ kind, id, revision }: LeaseScope): ScopeAt => ({ scope: { kind, id }, revision });

export const scopeWith = (
  name: string,
  limits: readonly Limit[],
  { kind = 'provision', revision = 0n, at = START }: { kind?: ScopeKind; revision?: bigint; at?: Date } = {},
): ScopeInForce => {
  const scope = { kind, id: deriveId(PREFIX[kind], name) };
  return {
    scope,
    organizationId: ORGANIZATION,
    revision,
    limits: limits.map((limit) => ({
      limit,
      organizationId: ORGANIZATION,
      scope,
      createdAt: START,
      ruleSince: at,
    })),
  };
};

export const amounts = (some: Partial<Amounts>): Amounts => ({
  nanoUsd: 0n,
  tokens: 0n,
  requests: 0n,
  ...some,
});

export const askOf = (
  askId: string,
  scopes: readonly ScopeInForce[],
  want: Partial<Amounts>,
  more: Partial<AskLease> = {},
): AskLease => ({
  type: 'AskLease',
  askId,
  journalId: JOURNAL,
  incarnation: 1n,
  organizationId: ORGANIZATION,
  scopes: scopes.map(({ scope, revision }) => ({ scope, revision })),
  want: amounts(want),
  least: amounts(want),
  unpriced: false,
  ...more,
});

/** A grant's lease and caps, or the denial's reason. */
export const brief = (outcome: AskOutcome | string): string =>
  typeof outcome === 'string'
    ? outcome
    : outcome.kind === 'denial'
      ? `${outcome.reason}${outcome.mayFitLater ? ', may fit later' : ''}`
      : `granted ${outcome.cap.nanoUsd}/${outcome.cap.tokens}/${outcome.cap.requests}`;

export const memoryHarness = async (): Promise<LedgerHarness> => {
  const clock = new FixedClock(START);
  const ledger = new InMemoryLedger(clock, TERMS);
  return {
    ledger,
    clock,
    setScope: async (scope) => void ledger.book.scopes.set(keyOfScope(scope.scope), scope),
    rows: async () => [...ledger.book.rows.values()],
    leases: async () => [...ledger.book.leases.values()],
    heldLeases: async () => [...ledger.book.heldLeases.values()],
    // The log has an event once, however often it is told.
    events: async () =>
      [...new Map(ledger.book.changed.events.toReversed().map(({ id, event }) => [id, event])).values()]
        .toReversed()
        .flatMap((event) => ('limitId' in event ? [event] : [])),
    serveLines: () => serve(ledger, asksToServe([...new Set(linesOf(ledger))], ledger.book, clock.now())),
    wanted: async () => wantedOf([...new Set(linesOf(ledger))], ledger.book, clock.now()),
    close: async () => undefined,
  };
};

const linesOf = ({ book }: InMemoryLedger): readonly LimitId[] =>
  [...book.waiters.values()].flatMap(({ places }) => places.map(({ limitId: id }) => id));

/** One after the other. */
export const serve = async (
  ledger: Ledger,
  asks: readonly AskSlices[],
): Promise<Readonly<Record<string, SliceAnswer>>> => {
  const answers: Record<string, SliceAnswer> = {};
  for (const ask of asks) {
    const answer = await ledger.carryOut(ask);
    if (answer.kind !== 'waiting') answers[ask.askId] = answer;
  }
  return answers;
};

/** What must hold after every step, whatever happened: the bound, and rows that say what their leases say. */
export const auditBooks = (
  rows: readonly LedgerRow[],
  leases: readonly Lease[],
  held: readonly HeldLease[] = [],
): readonly string[] => {
  const faults: string[] = [];
  const sums = new Map<string, Record<'closed' | 'open' | 'quarantined' | 'openLeases', bigint>>();
  for (const { status, slices } of leases) {
    for (const { limitId: id, periodStart, cap, charged } of slices) {
      const key = keyOfRow(id, periodStart);
      const sum = sums.get(key) ?? { closed: 0n, open: 0n, quarantined: 0n, openLeases: 0n };
      sums.set(key, sum);
      sum.closed += charged;
      if (status === 'quarantined') sum.quarantined += cap;
      if (status === 'closed') continue;
      sum.open += cap;
      sum.openLeases += 1n;
    }
  }
  for (const lease of held) {
    const key = keyOfRow(lease.limitId, lease.periodStart);
    const sum = sums.get(key) ?? { closed: 0n, open: 0n, quarantined: 0n, openLeases: 0n };
    sums.set(key, sum);
    const shares = sharesOf(lease);
    sum.closed += shares.closed;
    sum.open += shares.open;
    sum.quarantined += shares.quarantined;
    sum.openLeases += BigInt(shares.leases);
  }
  for (const row of rows) {
    const { limitId: id, start, closed, open, quarantined, openLeases } = row;
    const said = sums.get(keyOfRow(id, start)) ?? { closed: 0n, open: 0n, quarantined: 0n, openLeases: 0n };
    for (const [key, sum] of Object.entries(said)) {
      const value = { closed, open, quarantined, openLeases: BigInt(openLeases) }[key as keyof typeof said];
      if (value !== sum) faults.push(`${id}: ${key} is ${value}, its leases say ${sum}`);
    }
    const bound = row.amount > row.ceiling ? row.amount : row.ceiling;
    if (closed + open > bound) faults.push(`${id}: ${closed} + ${open} exceed ${bound}`);
  }
  return faults;
};
