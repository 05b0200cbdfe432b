import type { JournalId, LimitId } from '@gatehouse/kernel';
import { minOf } from '@gatehouse/leases';
import { assertSpeaks } from '../lease/ask-lease';
import type { LeaseTerms } from '../lease/lease';
import type { ScopeAt } from '../limit/limit-in-force';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import type { ScopeInForce } from '../limit/limit-in-force';
import type { HeldLease } from './held-lease';
import { LeaseChanges } from './lease-changes';

/** What a journal has done under its leases so far, and that it is alive. */
export interface ReportLeases {
  readonly type: 'ReportLeases';
  readonly journalId: JournalId;
  readonly incarnation: bigint;
  readonly reports: readonly LeaseReport[];
  /** Scopes that it takes for unlimited, as it was told. */
  readonly unlimited: readonly ScopeAt[];
}

export interface LeaseReport {
  readonly number: bigint;
  /** Rises with every report of the lease, from 1. */
  readonly sequence: bigint;
  readonly cap: bigint;
  readonly count: bigint;
  readonly sum: bigint;
  readonly doubt: bigint;
}

export interface Reported {
  /** Not held open here. */
  readonly gone: readonly bigint[];
  /** Granted under an older revision of their scope, or by a ledger that was restored since and is not recovered: to admit nothing more. */
  readonly recalled: readonly bigint[];
  /** Of each scope that is taken for unlimited, in their order: whether it is so still. */
  readonly unlimitedStill: readonly boolean[];
  /** How long the others may admit, none past its own end, and how long scopes may be taken for unlimited. */
  readonly validForMs: number;
  /** Of those that are held. */
  readonly limitIds: ReadonlySet<LimitId>;
}

/**
 * Each report renews its lease, also one in quarantine, which is heard again. What is settled moves from open to closed;
 * a cap that falls gives back what it held. What is older than the last report changes nothing else. While the ledger waits to be recovered
 * all are called back: what they go on to be charged would have no records yet that it is held against. Refusals: REFUSED
 * `JOURNAL_NOT_OPEN`, `JOURNAL_FENCED`.
 */
export const reportLeases = (
  { journalId, incarnation, reports, unlimited }: ReportLeases,
  view: LedgerView,
  now: Date,
  terms: LeaseTerms,
): Decided<Reported> => {
  assertSpeaks(view.journal(journalId), incarnation);
  const changes = new LeaseChanges(view);
  const gone: bigint[] = [];
  const recalled: bigint[] = [];
  const limitIds = new Set<LimitId>();
  const deadline = new Date(now.getTime() + terms.ttlMs + terms.marginMs);
  for (const report of reports) {
    const lease = changes.lease(journalId, report.number);
    if (!lease || lease.status === 'closed') {
      gone.push(report.number);
      continue;
    }
    limitIds.add(lease.limitId);
    changes.put(lease, { ...withReport(lease, report), status: 'open', deadline });
    const heard = view.revisionOf(lease.scope);
    if (view.restored() || heard === undefined || heard > lease.revision) recalled.push(report.number);
  }
  const unlimitedStill = unlimited.map(({ scope, revision }) => isUnlimited(view.scope(scope), revision));
  return {
    answer: { gone, recalled, unlimitedStill, validForMs: terms.ttlMs, limitIds },
    change: changes.done(),
  };
};

/** Not of one that ends: an ask is told how long that is known. */
const isUnlimited = (scope: ScopeInForce | undefined, revision: bigint): boolean =>
  scope?.revision === revision && scope.limits.length === 0 && scope.expiresAt === undefined;

const withReport = (lease: HeldLease, { sequence, cap, count, sum, doubt }: LeaseReport): HeldLease =>
  sequence <= lease.sequence ? lease : { ...lease, sequence, cap: minOf(lease.cap, cap), count, sum, doubt };
