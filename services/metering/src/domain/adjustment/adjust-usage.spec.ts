import { deriveId, INT64_MAX } from '@gatehouse/kernel';
import { NEVER_WAIVED, scopeWith, START, usdBudget } from '../../testing/ledger-harness';
import { usageRecord } from '../../testing/usage-record';
import type { Asked } from '../lease/lease.events';
import { type LedgerRow, rowInForce } from '../ledger/ledger-row';
import type { LimitInForce } from '../limit/limit-in-force';
import { type AdjustmentApproval, adjustUsage, type ChargedAttempt } from './adjust-usage';

const [LIMIT] = scopeWith('p', [usdBudget('p', 1_000n)]).limits as [LimitInForce];
const rowOf = (some: Partial<LedgerRow>): LedgerRow => ({ ...rowInForce(LIMIT, undefined, START), ...some });
const asked: Asked = {
  actor: { kind: 'apiKey', id: deriveId('key', 'k'), address: '' },
  ...{ reason: 'the invoice', requestId: 'adjust 1', command: 'AdjustUsage' },
};
const organizationId = LIMIT.organizationId;

const adjusted = (
  amount: bigint,
  attempt: Partial<ChargedAttempt>,
  approval: AdjustmentApproval = { kind: 'needless' },
) =>
  adjustUsage(
    { organizationId, amount, approval, asked },
    { record: usageRecord(), corrected: undefined, rows: [], ...attempt },
  );

describe('adjusting usage', () => {
  it.each([
    ['a truth', { amount: 100n }, undefined, false, { closed: 150n, doubt: 100n }, 50n, 0n],
    ['an estimate', { amount: 100n, doubt: 30n }, undefined, false, { closed: 150n, doubt: 100n }, 50n, -30n],
    [
      'an estimate, strict',
      { amount: 100n, doubt: 30n },
      undefined,
      true,
      { closed: 120n, doubt: 70n },
      50n,
      -30n,
    ],
    [
      'a call nobody saw end',
      { amount: 100n, outcome: 'unknown' as const },
      undefined,
      false,
      { closed: 150n, doubt: 0n },
      50n,
      0n,
    ],
    [
      'a price nobody knew',
      { amount: undefined, doubt: 30n },
      undefined,
      false,
      { closed: 220n, doubt: 70n },
      150n,
      -30n,
    ],
    ['a correction', { amount: 100n, doubt: 30n }, 120n, true, { closed: 130n, doubt: 100n }, 30n, 0n],
  ])('moves what was charged to what it cost: %s', (_, record, corrected, strict, row, amount, doubt) => {
    const rows = [{ row: rowOf({ closed: 100n, doubt: 100n }), strict, waived: NEVER_WAIVED }];
    const decided = adjusted(150n, { record: usageRecord(record), corrected, rows });
    expect(decided.rows).toMatchObject([row]);
    expect(decided.counted).toMatchObject({ amount, doubt });
    expect(decided.adjustment).toEqual({
      before: corrected ?? record.amount,
      amount: 150n,
      limits: [
        {
          ...{ limitId: LIMIT.limit.id, periodStart: rows[0]?.row.start },
          ...{ spent: row.closed - 100n, doubt: row.doubt - 100n },
        },
      ],
    });
  });

  it.each([
    ['a price nobody knew', { amount: undefined, doubt: 330n }, false, 330n],
    ['a call nobody saw end', { amount: 330n, outcome: 'unknown' as const }, false, 330n],
    ['an estimate, strict', { amount: 270n, doubt: 60n }, true, 330n],
  ])('takes back what was charged of a lost lease by its record: %s', (_, record, strict, recovered) => {
    const row = rowOf({ closed: 400n, doubt: 0n, recovered });
    const rows = [{ row, strict, waived: NEVER_WAIVED }];
    expect(adjusted(100n, { record: usageRecord(record), rows }).rows).toMatchObject([
      { closed: 170n, doubt: 0n, recovered },
    ]);
  });

  it('makes a request known whose amount alone was not', () => {
    const unknown = { amount: undefined };
    expect(adjusted(1n, { record: usageRecord(unknown) }).counted.unknownRequests).toBe(-1n);
    expect(adjusted(1n, { record: usageRecord(unknown), corrected: 0n }).counted.unknownRequests).toBe(0n);
    const without = usageRecord({ ...unknown, outputTokens: undefined });
    expect(adjusted(1n, { record: without }).counted.unknownRequests).toBe(0n);
  });

  it('tells what it did once for each request, and what the budget makes of it', () => {
    const row = rowOf({ closed: 400n, announced: 0 });
    const { events, rows } = adjusted(600n, {
      record: usageRecord({ amount: 100n }),
      rows: [{ row, strict: false, waived: NEVER_WAIVED }],
    });
    expect(events).toMatchObject([
      {
        asked,
        event: { type: 'UsageAdjusted', before: 100n, amount: 600n, limits: [{ spent: 500n, doubt: 0n }] },
      },
      { event: { type: 'BudgetThresholdCrossed', percent: 50, spent: 900n } },
      { event: { type: 'BudgetThresholdCrossed', percent: 80 } },
      { event: { type: 'BudgetThresholdCrossed', percent: 90 } },
    ]);
    const [first] = events;
    const again = adjusted(600n, { record: usageRecord({ amount: 100n }) });
    expect(again.events[0]?.id).toBe(first?.id);
    expect(rows).toMatchObject([{ announced: 90 }]);
  });

  it('exhausts no budget whose period was closed', () => {
    const eventsOf = (over: boolean) =>
      adjusted(600n, {
        record: usageRecord({ amount: 100n }),
        rows: [{ row: rowOf({ closed: 600n, announced: 100, over }), strict: false, waived: NEVER_WAIVED }],
      }).events.map(({ event: { type } }) => type);
    expect(eventsOf(false)).toEqual(['UsageAdjusted', 'BudgetExhausted']);
    expect(eventsOf(true)).toEqual(['UsageAdjusted']);
  });

  it('is a fact: a limit is passed by it, never below nothing and never beyond what can be said', () => {
    const of = (closed: bigint, amount: bigint, before: bigint) =>
      adjusted(amount, {
        record: usageRecord({ amount: before }),
        rows: [{ row: rowOf({ closed, open: 10n }), strict: false, waived: NEVER_WAIVED }],
      }).rows[0];
    expect(of(900n, 500n, 100n)).toMatchObject({ closed: 1_300n, ceiling: 1_310n });
    expect(of(50n, 0n, 100n)).toMatchObject({ closed: 0n });
    expect(of(50n, INT64_MAX, 0n)).toMatchObject({ closed: INT64_MAX - 10n });
  });

  it('lets nothing more be spent while a second admin is wanted for that', () => {
    const rows = [{ row: rowOf({ closed: 400n }), strict: false, waived: NEVER_WAIVED }];
    expect(() => adjusted(99n, { record: usageRecord({ amount: 100n }), rows }, { kind: 'wanted' })).toThrow(
      'APPROVAL_REQUIRED',
    );
    expect(
      adjusted(101n, { record: usageRecord({ amount: 100n }), rows }, { kind: 'wanted' }).rows,
    ).toMatchObject([{ closed: 401n }]);
    const given = { kind: 'given', before: 100n } as const;
    expect(adjusted(99n, { record: usageRecord({ amount: 100n }), rows }, given).rows).toMatchObject([
      { closed: 399n },
    ]);
    expect(() =>
      adjusted(99n, { record: usageRecord({ amount: 100n }), corrected: 98n, rows }, given),
    ).toThrow('REVISION_MISMATCH');
    // What no limit was charged lets nobody spend more.
    expect(adjusted(99n, { record: usageRecord({ amount: 100n }) }, { kind: 'wanted' }).rows).toEqual([]);
  });
});
