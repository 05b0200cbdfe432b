import { withRecord } from '@gatehouse/kernel';
import { minOf } from '@gatehouse/leases';
import type { LedgerRow } from '../ledger/ledger-row';
import { assessRow } from '../ledger/assess-row';
import { keyOfRow, withHeard, withShares } from '../ledger/ledger-row';
import type { LedgerChange, LedgerView } from '../ledger/ledger-view';
import { sameFields } from '../ledger/same-fields';
import type { PendingEvent } from '../lease/lease.events';
import { type HeldLease, keyOfLease, NO_SHARES, sharesOf } from './held-lease';

/** Leases that one decision changes, each perhaps several times, with their rows and what is to be told of these. */
export class LeaseChanges {
  private readonly leases = new Map<string, HeldLease>();
  private readonly rows = new Map<string, LedgerRow>();
  private readonly events: PendingEvent[] = [];

  constructor(private readonly view: LedgerView) {}

  lease(journalId: HeldLease['journalId'], number: bigint): HeldLease | undefined {
    return this.leases.get(keyOfLease(journalId, number)) ?? this.view.heldLease(journalId, number);
  }

  row(limitId: LedgerRow['limitId'], start: Date): LedgerRow | undefined {
    return this.rows.get(keyOfRow(limitId, start)) ?? this.view.findRow(limitId, start);
  }

  /** Puts a row, as it is to be before leases change it. */
  enter(row: LedgerRow): void {
    this.rows.set(keyOfRow(row.limitId, row.start), row);
  }

  /**
   * The row is looked at only where the lease's part in it changes: a mere sign of life locks none.
   *
   * @param recorded of what a lost lease cost, what the row has by records already.
   */
  put(before: HeldLease | undefined, after: HeldLease, recorded = 0n): void {
    this.leases.set(keyOfLease(after.journalId, after.number), after);
    const [was, is] = [before ? sharesOf(before) : NO_SHARES, sharesOf(after)];
    if (Object.entries(is).every(([key, value]) => value === was[key as keyof typeof was])) return;
    const row = this.row(after.limitId, after.periodStart);
    if (!row) throw new Error(`no ledger row of ${after.limitId} from ${after.periodStart.toISOString()}`);
    const { organizationId, unit } = after;
    const closing = after.status === 'closed' ? withClosed(row, after) : row;
    this.assess({ ...withShares(withHeard(closing, recorded), was, is), organizationId, unit });
  }

  /** A lease that was lost is charged: not beside what records had told of it when the ledger was recovered. */
  heard(lease: HeldLease): void {
    const { journalId, number, unit, sum } = lease;
    const recorded = this.view.recordedOf(journalId, number)?.[unit] ?? 0n;
    this.put(undefined, lease, minOf(sum, recorded));
  }

  /** Puts a row of which something changes by itself, and tells what is to be told of it. */
  assess(row: LedgerRow): void {
    const assessed = assessRow(row);
    this.enter(assessed.row);
    this.events.push(...assessed.events);
  }

  /** A row that was looked at and gave nothing: kept where it is known, or where there is something to tell of it. */
  review(row: LedgerRow): void {
    const assessed = assessRow(row);
    const known = this.view.findRow(row.limitId, row.start);
    const same = known ? sameFields(assessed.row, known) : assessed.events.length === 0;
    if (same) return;
    this.enter(assessed.row);
    this.events.push(...assessed.events);
  }

  tell(event: PendingEvent): void {
    this.events.push(event);
  }

  done(): LedgerChange {
    return { heldLeases: [...this.leases.values()], rows: [...this.rows.values()], events: this.events };
  }
}

/** What a period is told to have been, once it is over. */
const withClosed = (row: LedgerRow, { journalId, number, count, sum, doubt }: HeldLease): LedgerRow => ({
  ...row,
  attempts: row.attempts + count,
  digest: withRecord(row.digest, keyOfLease(journalId, number), `${count}`, `${sum}`, `${doubt}`),
});
