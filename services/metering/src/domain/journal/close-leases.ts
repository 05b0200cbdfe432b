import { AppError, type JournalId, type LimitId, type OrganizationId } from '@gatehouse/kernel';
import { maxOf } from '@gatehouse/leases';
import type { Journal } from '../lease/lease';
import { heldLeaseExceeded } from '../lease/lease.events';
import type { LedgerRow } from '../ledger/ledger-row';
import type { Decided, LedgerView } from '../ledger/ledger-view';
import type { Unit } from '../limit/limit-in-force';
import type { HeldLease } from './held-lease';
import { LeaseChanges } from './lease-changes';

/** A journal's final words on leases, and how far the two have heard each other. */
export interface CloseLeases {
  readonly type: 'CloseLeases';
  readonly journalId: JournalId;
  /** The finals of all leases with smaller numbers are acknowledged. */
  readonly acknowledgedBelow: bigint;
  /** The highest number the journal has heard of. */
  readonly lastLease: bigint;
  readonly finals: readonly LeaseFinal[];
  /** The bus lacks records of what was settled under the journal's leases. */
  readonly recordsUntold: boolean;
}

export interface Closed {
  /** When the ledger was recovered last: journals keep it with what they heard was charged. */
  readonly recoveredAt: Date | undefined;
  /** It was restored, and is not recovered. */
  readonly restored: boolean;
}

/** All that is needed to charge it, also where the ledger has never heard of the lease. */
export interface LeaseFinal {
  readonly number: bigint;
  readonly organizationId: OrganizationId;
  readonly limitId: LimitId;
  readonly periodStart: Date;
  readonly unit: Unit;
  readonly cap: bigint;
  readonly count: bigint;
  readonly sum: bigint;
  readonly doubt: bigint;
}

/**
 * Charges what the journal proves to the rows that granted the leases, whatever has become of their periods and whichever
 * incarnation says so. The first final of a lease counts. A number that the ledger never gave proves that it was
 * restored from a backup, unless it was recovered since: the final is charged all the same, and the ledger grants nothing until it is
 * recovered. A final that knows of fewer attempts than were told of its lease is of a journal that has forgotten it: what was told stands. Refusal:
 * REFUSED `JOURNAL_NOT_OPEN`.
 */
export const closeLeases = (command: CloseLeases, view: LedgerView, now: Date): Decided<Closed> => {
  const journal = view.journal(command.journalId);
  if (!journal) throw new AppError('REFUSED', 'JOURNAL_NOT_OPEN');
  const changes = new LeaseChanges(view);
  let unheardOf = command.lastLease > journal.lastLease;
  for (const final of command.finals) {
    const lease = changes.lease(journal.id, final.number);
    if (lease?.status === 'closed') continue;
    if (!lease && final.number < journal.acknowledgedBelow) continue;
    unheardOf ||= !lease && final.number > journal.lostUpTo;
    if (!lease && !changes.row(final.limitId, final.periodStart)) changes.enter(rowOfUnheard(final));
    const { count, sum, doubt } = lease && lease.count > final.count ? lease : final;
    const closed: HeldLease = {
      ...(lease ?? heldOf(journal.id, final, now)),
      ...{ status: 'closed', count, sum, doubt },
    };
    if (lease) changes.put(lease, closed);
    else changes.heard(closed);
    if (lease && sum > lease.cap) changes.tell(heldLeaseExceeded(lease, sum, now));
  }
  const restored = unheardOf || view.restored();
  const moved = journalAfter(journal, command, restored ? now : undefined);
  return {
    answer: { recoveredAt: view.recoveredAt(), restored },
    change: {
      ...changes.done(),
      ...(moved && { journals: [moved] }),
      ...(unheardOf && !view.restored() && { restored: true }),
    },
  };
};

/** @param restored the time, where the ledger waits to be recovered: what the journal says of its records is kept for that. */
const journalAfter = (
  journal: Journal,
  { acknowledgedBelow, lastLease, finals, recordsUntold }: CloseLeases,
  restored: Date | undefined,
): Journal | undefined => {
  const moved: Journal = {
    ...journal,
    acknowledgedBelow: maxOf(journal.acknowledgedBelow, acknowledgedBelow),
    // What the journal knows is given to nobody a second time.
    lastLease: finals.reduce((last, { number }) => maxOf(last, number), maxOf(journal.lastLease, lastLease)),
    ...(restored && { untoldAt: recordsUntold ? restored : undefined }),
  };
  const same =
    moved.lastLease === journal.lastLease &&
    moved.acknowledgedBelow === journal.acknowledgedBelow &&
    moved.untoldAt === journal.untoldAt;
  return same ? undefined : moved;
};

/** Of a lease that the ledger has forgotten: whose limit it was is not known any more, only which. */
const heldOf = (journalId: JournalId, final: LeaseFinal, now: Date): HeldLease => ({
  ...final,
  journalId,
  scope: { kind: 'organization', id: final.organizationId },
  revision: 0n,
  status: 'open',
  deadline: now,
  admitUntil: undefined,
  turn: 0n,
  sequence: 0n,
  // It was granted before the backup's end and is charged by its sum alone.
  cap: 0n,
  count: 0n,
  sum: 0n,
  doubt: 0n,
  released: false,
});

/** In place of a rule that is not known. */
export const LOST_RULE = 'restored';

/** A row that was lost with the lease: as much as the final says of it. The next grant in its period sets it right. */
const rowOfUnheard = ({ limitId, organizationId, periodStart, unit, cap }: LeaseFinal): LedgerRow => ({
  limitId,
  organizationId,
  scope: { kind: 'organization', id: organizationId },
  unit,
  budget: false,
  rule: LOST_RULE,
  start: periodStart,
  end: undefined,
  amount: maxOf(1n, cap),
  closed: 0n,
  open: 0n,
  doubt: 0n,
  recovered: 0n,
  quarantined: 0n,
  ceiling: 0n,
  openLeases: 0,
  alerts: [],
  announced: 0,
  turn: 0n,
  announcedAmount: 0n,
  cheapest: undefined,
  exhausted: false,
  attempts: 0n,
  digest: '',
  over: false,
  resetBy: undefined,
  ahead: 0n,
});
