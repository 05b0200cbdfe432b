import { emptyJournal } from '../../testing/empty-journal';
import {
  amounts,
  JOURNAL,
  ORGANIZATION,
  scopeWith,
  START,
  TERMS,
  usdBudget,
} from '../../testing/ledger-harness';
import { decideLedger, LedgerBook, type LedgerCommand } from '../ledger/ledger-book';
import { keyOfScope } from '../limit/limit-in-force';
import { keyOfLease } from './held-lease';

const SCOPE = scopeWith('p', [usdBudget('p', 1_000n)]);
const LIMIT = SCOPE.limits[0]!.limit.id;
const PERIOD = new Date('2026-11-01T00:00:00Z');

describe('a lease that was lost, and was told of by records', () => {
  let book: LedgerBook;
  const tell = (command: LedgerCommand): void => book.apply(decideLedger(command, book, START, TERMS).change);
  const recovered = (recorded: bigint): void =>
    tell({
      type: 'RecoverSpent',
      periods: [{ limitId: LIMIT, scope: SCOPE.scope, periodStart: PERIOD, recorded }],
      asked: { actor: { kind: 'operator', id: 'operator', address: '' }, reason: '', command: 'Spec' },
    });
  const heard = (number: bigint, recorded: bigint, sum = recorded, doubt = 0n): void => {
    book.recorded.set(keyOfLease(JOURNAL, number), amounts({ nanoUsd: recorded }));
    const of = {
      organizationId: ORGANIZATION,
      limitId: LIMIT,
      periodStart: PERIOD,
      unit: 'nanoUsd',
    } as const;
    tell({
      ...{
        type: 'CloseLeases',
        journalId: JOURNAL,
        acknowledgedBelow: 1n,
        lastLease: 9n,
        recordsUntold: false,
      },
      finals: [{ ...of, number, cap: 1_000n, count: 1n, sum, doubt }],
    });
  };
  const events = (): string[] => book.changed.events.map(({ event: { type } }) => type);

  beforeEach(() => {
    book = new LedgerBook();
    book.scopes.set(keyOfScope(SCOPE.scope), SCOPE);
    tell(emptyJournal(JOURNAL));
  });

  it('tells of nothing that was spent twice', () => {
    recovered(600n);
    heard(1n, 600n);
    expect(book.rowOf(LIMIT, PERIOD)).toMatchObject({
      closed: 600n,
      recovered: 0n,
      ceiling: 0n,
      exhausted: false,
    });
    expect(events()).not.toContain('BudgetExhausted');
    expect(events().filter((type) => type === 'BudgetThresholdCrossed')).toHaveLength(1);
  });

  it('is charged whatever was corrected meanwhile', () => {
    recovered(100n);
    const row = book.rowOf(LIMIT, PERIOD);
    // Nearly all was learnt to have cost nothing, and what is left is in doubt.
    book.enter({ ...row, closed: 5n, doubt: 5n });
    heard(1n, 10n, 10n, 10n);
    expect(book.rowOf(LIMIT, PERIOD)).toMatchObject({ closed: 5n, doubt: 5n, recovered: 90n });
  });
});
