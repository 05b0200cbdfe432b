import { deriveId } from '@gatehouse/kernel';
import { scopeWith, START, usdBudget } from '../../testing/ledger-harness';
import { usageRecord } from '../../testing/usage-record';
import type { Asked } from '../lease/lease.events';
import { type LedgerRow, rowInForce } from '../ledger/ledger-row';
import type { LimitInForce } from '../limit/limit-in-force';
import { adjustUsage, type ChargedRow } from './adjust-usage';
import { type WaiverApproval, WaiverApprovalRequired, waiveDoubt } from './waive-doubt';

const [LIMIT] = scopeWith('p', [usdBudget('p', 1_000n)]).limits as [LimitInForce];
const rowOf = (some: Partial<LedgerRow>): LedgerRow => ({ ...rowInForce(LIMIT, undefined, START), ...some });
const { organizationId } = LIMIT;
const asked: Asked = {
  actor: { kind: 'apiKey', id: deriveId('key', 'k'), address: '' },
  ...{ reason: 'the invoice has none of it', requestId: 'waive 1', command: 'WaiveDoubt' },
};

describe('waiving doubt', () => {
  it('gives back what is in doubt, and tells so', () => {
    const row = rowOf({ closed: 1_000n, doubt: 300n, exhausted: true, announced: 100 });
    expect(waiveDoubt({ organizationId, asked, approval: { kind: 'needless' } }, row)).toMatchObject({
      row: { closed: 700n, doubt: 0n, exhausted: false, announced: 100 },
      events: [
        { asked, event: { type: 'DoubtWaived', waived: 300n, spent: 700n, limit: 1_000n, unit: 'nanoUsd' } },
      ],
      waived: 300n,
    });
  });

  it('does nothing where nothing is in doubt', () => {
    const row = rowOf({ closed: 500n });
    expect(waiveDoubt({ organizationId, asked, approval: { kind: 'needless' } }, row)).toEqual({
      row,
      events: [],
      waived: 0n,
    });
  });

  it('wants somebody else where that is said, and waives no more than was approved, of that period', () => {
    const row = rowOf({ closed: 1_000n, doubt: 300n });
    const waive = (approval: WaiverApproval, of = row) => waiveDoubt({ organizationId, asked, approval }, of);
    expect(() => waive({ kind: 'wanted' })).toThrow(new WaiverApprovalRequired(row.start, 300n));
    expect(waive({ kind: 'wanted' }, rowOf({ closed: 500n })).waived).toBe(0n);
    const given = { kind: 'given', periodStart: row.start, doubt: 200n } as const;
    expect(waive(given)).toMatchObject({ waived: 200n, row: { closed: 800n, doubt: 100n } });
    expect(waive({ ...given, doubt: 400n }).waived).toBe(300n);
    expect(() => waive({ ...given, periodStart: new Date(0) })).toThrow('REVISION_MISMATCH');
  });

  describe('is made good by the truth', () => {
    const WAIVED_AT = new Date(START.getTime() + 60_000);
    const lost = usageRecord({ amount: 300n, outcome: 'unknown', admittedAt: START });
    const later = { ...lost, amount: 100n, admittedAt: new Date(WAIVED_AT.getTime() + 1) };
    const waived = (row: LedgerRow, amount = 300n): ChargedRow => ({
      ...{ row, strict: false },
      waived: { amount, at: WAIVED_AT },
    });
    const truth = (amount: bigint, record: typeof lost, row: ChargedRow): ChargedRow => {
      const attempt = { record, corrected: undefined, rows: [row] };
      const command = { organizationId, amount, approval: { kind: 'needless' as const }, asked };
      const { rows, corrections } = adjustUsage(command, attempt);
      return waived(rows[0] as LedgerRow, row.waived.amount + (corrections[0]?.waived ?? 0n));
    };

    it('of what was waived, and leaves in doubt what came since', () => {
      const { row } = waiveDoubt(
        { organizationId, asked, approval: { kind: 'needless' } },
        rowOf({ closed: 300n, doubt: 300n }),
      );
      expect(truth(250n, lost, waived(row))).toEqual(waived({ ...row, closed: 250n }, 0n));
      const first = truth(250n, lost, waived({ ...row, closed: 100n, doubt: 100n }));
      expect(first).toEqual(waived({ ...row, closed: 350n, doubt: 100n }, 0n));
      expect(truth(80n, later, first)).toEqual(waived({ ...row, closed: 330n, doubt: 0n }, 0n));
    });

    it('of what came since, and leaves waived what was', () => {
      const row = rowOf({ closed: 100n, doubt: 100n });
      const first = truth(80n, later, waived(row));
      expect(first).toEqual(waived({ ...row, closed: 80n, doubt: 0n }, 300n));
      expect(truth(250n, lost, first)).toEqual(waived({ ...row, closed: 330n, doubt: 0n }, 0n));
    });

    it('of one of several, in whatever order, where no more than some of their doubt was waived', () => {
      const row = rowOf({ closed: 300n, doubt: 300n });
      const first = truth(250n, lost, waived(row, 100n));
      expect(first).toMatchObject({ row: { closed: 350n, doubt: 100n }, waived: { amount: 0n } });
      expect(truth(90n, { ...lost, amount: 100n }, first).row).toMatchObject({ closed: 340n, doubt: 0n });
    });
  });
});
