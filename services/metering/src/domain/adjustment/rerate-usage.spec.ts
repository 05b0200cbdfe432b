import { deriveId, type ReratingId } from '@gatehouse/kernel';
import { NEVER_WAIVED, scopeWith, START, usdBudget } from '../../testing/ledger-harness';
import { usageRecord } from '../../testing/usage-record';
import { type LedgerRow, keyOfRow, rowInForce } from '../ledger/ledger-row';
import type { LimitInForce } from '../limit/limit-in-force';
import { type RatedAttempt, type RerateBatch, rerateUsage } from './rerate-usage';
import type { ReratingApproval } from './rerating';

const [LIMIT] = scopeWith('p', [usdBudget('p', 1_000n)]).limits as [LimitInForce];
const rowOf = (some: Partial<LedgerRow>): LedgerRow => ({ ...rowInForce(LIMIT, undefined, START), ...some });
const KEY = keyOfRow(LIMIT.limit.id, rowOf({}).start);
const rowsOf = (some: Partial<LedgerRow>) =>
  new Map([[KEY, { row: rowOf(some), strict: false, waived: NEVER_WAIVED }]]);
const { organizationId } = LIMIT;
const batch = (approval: ReratingApproval = { kind: 'needless' }, lowered = 0n): RerateBatch => ({
  id: deriveId('rrt', 'r') as ReratingId,
  terms: { organizationId, from: START, to: START },
  asked: {
    actor: { kind: 'apiKey', id: deriveId('key', 'k'), address: '' },
    ...{ reason: 'a wrong price', requestId: 'rerate 1', command: 'RerateUsage' },
  },
  ...{ approval, lowered, batches: 4 },
});
const attempt = (amount: bigint, before = 100n): RatedAttempt => ({
  record: usageRecord({ amount: before }),
  ...{ corrected: undefined, rated: { kind: 'changed', amount }, charged: [KEY] },
});

describe('rating a batch anew', () => {
  it('moves a row by all attempts together, and tells it once', () => {
    const { tally, limits, movedRows, events, lowered } = rerateUsage(
      batch(),
      [attempt(150n), attempt(130n), attempt(60n)],
      rowsOf({ closed: 300n, announced: 0 }),
    );
    expect(tally).toMatchObject({ changed: 3n, before: 300n, after: 340n, unknownBefore: 0n });
    expect(limits).toEqual([
      { limitId: LIMIT.limit.id, periodStart: rowOf({}).start, spent: 40n, doubt: 0n },
    ]);
    expect(movedRows).toMatchObject([{ closed: 340n }]);
    expect(events).toMatchObject([{ event: { type: 'UsageRerated', batch: 5, tally, limits } }]);
    expect(lowered).toBe(40n);
  });

  it('tells what the budget makes of it, and nothing where nothing changed', () => {
    const many = Array.from({ length: 2 }, () => attempt(300n));
    expect(rerateUsage(batch(), many, rowsOf({ closed: 200n, announced: 0 })).events).toMatchObject([
      { event: { type: 'UsageRerated' } },
      { event: { type: 'BudgetThresholdCrossed', percent: 50, spent: 600n } },
    ]);
    const same: RatedAttempt = { ...attempt(0n), rated: { kind: 'unchanged' } };
    expect(rerateUsage(batch(), [same], rowsOf({ closed: 200n }))).toMatchObject({
      ...{ events: [], movedRows: [], limits: [], corrections: [], tally: { unchanged: 1n, changed: 0n } },
    });
  });

  it('counts each attempt once, by what became of it', () => {
    const left = (['unchanged', 'unknown', 'unpriced', 'adjusted'] as const).map((kind) => ({
      ...attempt(0n),
      rated: { kind },
    }));
    const unsettled = { ...attempt(1n), charged: 'unsettled' as const };
    const { tally } = rerateUsage(
      batch(),
      [...left, unsettled, { ...attempt(7n), record: usageRecord({ amount: undefined }) }],
      rowsOf({ closed: 0n }),
    );
    expect(tally).toEqual({
      ...{
        changed: 1n,
        unchanged: 1n,
        unknown: 1n,
        unpriced: 1n,
        adjusted: 1n,
        unsettled: 1n,
        unapproved: 0n,
      },
      ...{ before: 0n, after: 7n, unknownBefore: 1n },
    });
  });

  it('lowers nothing without the approval that is wanted, and no more than was approved in all', () => {
    const attempts = [attempt(150n), attempt(60n), attempt(70n), attempt(90n)];
    const wanted = rerateUsage(batch({ kind: 'wanted' }), attempts, rowsOf({ closed: 400n }));
    expect(wanted).toMatchObject({ tally: { changed: 1n, unapproved: 3n }, lowered: 0n });
    expect(wanted.movedRows).toMatchObject([{ closed: 450n }]);
    const given = { kind: 'given', lowersMax: 60n } as const;
    expect(rerateUsage(batch(given), attempts, rowsOf({ closed: 400n }))).toMatchObject({
      ...{ tally: { changed: 3n, unapproved: 1n }, lowered: 50n, movedRows: [{ closed: 400n }] },
    });
    expect(rerateUsage(batch(given, 55n), attempts, rowsOf({ closed: 400n }))).toMatchObject({
      ...{ tally: { changed: 1n, unapproved: 3n }, lowered: 0n },
    });
    // What no limit was charged lets nobody spend more.
    const free = { ...attempt(1n), charged: [] };
    expect(rerateUsage(batch({ kind: 'wanted' }), [free], new Map()).tally.changed).toBe(1n);
  });
});
