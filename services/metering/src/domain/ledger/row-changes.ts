import type { Slice } from '../lease/lease';
import { keyOfRow, type LedgerRow } from './ledger-row';
import type { LedgerView } from './ledger-view';

/** Rows that one decision changes, each perhaps several times. */
export class RowChanges {
  private readonly rows = new Map<string, LedgerRow>();

  constructor(private readonly view: LedgerView) {}

  change(
    { limitId, periodStart }: Pick<Slice, 'limitId' | 'periodStart'>,
    how: (row: LedgerRow) => LedgerRow,
  ): void {
    const key = keyOfRow(limitId, periodStart);
    this.rows.set(key, how(this.rows.get(key) ?? this.view.rowOf(limitId, periodStart)));
  }

  changed(): readonly LedgerRow[] {
    return [...this.rows.values()];
  }
}
