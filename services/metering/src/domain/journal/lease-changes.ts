import type { LedgerRow } from '../ledger/ledger-row';
import { keyOfRow, withShares } from '../ledger/ledger-row';
import type { LedgerChange, LedgerView } from '../ledger/ledger-view';
import { crossedThresholds, type PendingEvent } from '../lease/lease.events';
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

  /** The row is looked at only where the lease's part in it changes: a mere sign of life locks none. */
  put(before: HeldLease | undefined, after: HeldLease): void {
    this.leases.set(keyOfLease(after.journalId, after.number), after);
    const [was, is] = [before ? sharesOf(before) : NO_SHARES, sharesOf(after)];
    if (Object.entries(is).every(([key, value]) => value === was[key as keyof typeof was])) return;
    const row = this.row(after.limitId, after.periodStart);
    if (!row) throw new Error(`no ledger row of ${after.limitId} from ${after.periodStart.toISOString()}`);
    const crossed = crossedThresholds(withShares(row, was, is), after.organizationId);
    this.enter(crossed.row);
    this.events.push(...crossed.events);
  }

  tell(event: PendingEvent): void {
    this.events.push(event);
  }

  done(): LedgerChange {
    return { heldLeases: [...this.leases.values()], rows: [...this.rows.values()], events: this.events };
  }
}
