import { deriveId, type Limit, type LimitId } from '@gatehouse/kernel';
import type { SliceAnswer } from '../domain/journal/ask-slices';
import type { BudgetEvent } from '../domain/lease/lease.events';
import type { ScopeInForce } from '../domain/limit/limit-in-force';
import { JOURNAL, type LedgerHarness, scopeWith, usdBudget } from './ledger-harness';
import { sliceAsk } from './lease.contract';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** What a ledger tells of budgets, whatever it keeps its books in. */
export const budgetContract = (name: string, factory: () => Promise<LedgerHarness>): void => {
  describe(`budget contract: ${name}`, () => {
    let harness: LedgerHarness;
    let asked: number;

    beforeEach(async () => {
      harness = await factory();
      asked = 0;
      await harness.ledger.carryOut({ type: 'BeginJournal', journalId: JOURNAL, incarnation: 1n });
    });
    afterEach(() => harness.close());

    const ask = (scope: ScopeInForce, nanoUsd: bigint): Promise<SliceAnswer> =>
      harness.ledger.carryOut(sliceAsk(`ask ${asked++}`, [scope], { nanoUsd }));
    /** A call that costs what it was let cost. */
    const spend = async (scope: ScopeInForce, nanoUsd: bigint): Promise<void> => {
      const answer = await ask(scope, nanoUsd);
      if (answer.kind !== 'slices') throw new Error(`not granted: ${answer.kind}`);
      await settle(nanoUsd);
    };
    /** All that is held costs `sum` in all. */
    const settle = async (sum: bigint): Promise<void> => {
      const open = (await harness.heldLeases()).filter(({ status }) => status !== 'closed');
      await harness.ledger.carryOut({
        type: 'CloseLeases',
        journalId: JOURNAL,
        acknowledgedBelow: 1n,
        lastLease: 0n,
        finals: open.map((lease, index) => ({ ...lease, count: 1n, sum: index === 0 ? sum : 0n, doubt: 0n })),
      });
    };
    /** Each lease costs what it holds. */
    const settleEach = async (): Promise<void> => {
      await harness.ledger.carryOut({
        type: 'CloseLeases',
        journalId: JOURNAL,
        acknowledgedBelow: 1n,
        lastLease: 0n,
        finals: (await harness.heldLeases()).map((lease) => ({ ...lease, count: 1n, sum: lease.cap })),
      });
    };
    const set = async (limits: readonly Limit[]): Promise<ScopeInForce> => {
      const scope = scopeWith('p', limits, { revision: BigInt(asked++) });
      await harness.setScope(scope);
      return scope;
    };
    const limitOf = (some: string): LimitId => deriveId('lim', some) as LimitId;
    const told = async (): Promise<readonly string[]> => (await harness.events()).map(brief);

    it('tells each share once for a period and an amount of the limit, asked or not', async () => {
      const scope = await set([usdBudget('p', 100n)]);
      await spend(scope, 1n);
      await spend(scope, 59n);
      await spend(scope, 5n);
      expect(await told()).toEqual(['50 % of 100']);
      // Lowered, and nobody asks.
      await set([usdBudget('p', 70n)]);
      expect(await harness.ledger.reviewBudgets()).toBe(1);
      expect(await told()).toEqual(['50 % of 100', '50 % of 70', '80 % of 70', '90 % of 70']);
      expect(await harness.ledger.reviewBudgets()).toBe(0);
      // Raised by asking: an ask that is denied is one as well.
      const raised = await set([usdBudget('p', 120n)]);
      expect((await ask(raised, 500n)).kind).toBe('denial');
      expect((await told()).slice(4)).toEqual(['50 % of 120']);
      // As before: told already.
      await set([usdBudget('p', 70n)]);
      await harness.ledger.reviewBudgets();
      await harness.ledger.reviewBudgets();
      expect((await told()).slice(5)).toEqual([]);
      harness.clock.advance(30 * DAY);
      await spend(await set([usdBudget('p', 70n)]), 35n);
      expect((await told()).slice(5)).toEqual(['50 % of 70']);
    });

    it('tells when a raise begins and when it ends, though nobody asks', async () => {
      const scope = await set([usdBudget('p', 100n)]);
      await spend(scope, 1n);
      await spend(scope, 94n);
      const until = new Date(harness.clock.now().getTime() + DAY);
      await set([{ ...usdBudget('p', 100n), raise: { more: 90n, until } }]);
      await harness.ledger.reviewBudgets();
      expect((await told()).slice(3)).toEqual(['50 % of 190']);
      harness.clock.advance(DAY);
      expect(await harness.ledger.reviewBudgets()).toBe(1);
      expect(await harness.rows()).toMatchObject([{ amount: 100n, announced: 90, announcedAmount: 100n }]);
    });

    it('tells at the shares that a limit names, and at none where it names none', async () => {
      const scope = await set([
        usdBudget('p', 100n, { alerts: [5, 60] }),
        usdBudget('quiet', 100n, { alerts: [] }),
      ]);
      await harness.ledger.carryOut(sliceAsk('first', [scope], { nanoUsd: 1n }));
      await harness.ledger.carryOut(sliceAsk('both', [scope], { nanoUsd: 69n }));
      await settleEach();
      expect(await told()).toEqual(['5 % of 100', '60 % of 100']);
      await set([usdBudget('p', 100n, { alerts: [65] }), usdBudget('quiet', 100n, { alerts: [70] })]);
      await harness.ledger.reviewBudgets();
      expect((await told()).slice(2)).toEqual(['65 % of 100', '70 % of 100']);
    });

    it('tells that a budget is exhausted once not even the cheapest call fits, until it is raised', async () => {
      const scope = await set([usdBudget('p', 100n, { alerts: [] })]);
      await spend(scope, 10n);
      // Too much for it, while others fit.
      expect((await ask(scope, 95n)).kind).toBe('denial');
      expect(await told()).toEqual([]);
      await spend(scope, 2n);
      await spend(scope, 86n);
      expect(await harness.rows()).toMatchObject([{ cheapest: 2n, closed: 98n, exhausted: false }]);
      await spend(scope, 2n);
      await ask(scope, 2n);
      expect(await told()).toEqual(['exhausted at 100 of 100']);
      expect(await harness.rows()).toMatchObject([{ exhausted: true }]);
      await set([usdBudget('p', 120n, { alerts: [] })]);
      await harness.ledger.reviewBudgets();
      expect(await harness.rows()).toMatchObject([{ exhausted: false }]);
      await spend(await set([usdBudget('p', 120n, { alerts: [] })]), 20n);
      expect((await told()).slice(1)).toEqual(['exhausted at 120 of 120']);
    });

    it('is exhausted where the first call is denied for good, and where silence holds what is left', async () => {
      expect((await ask(await set([usdBudget('p', 5n)]), 9n)).kind).toBe('denial');
      expect(await told()).toEqual(['exhausted at 0 of 5']);
      const other = await set([usdBudget('q', 100n)]);
      await ask(other, 100n);
      harness.clock.advance(MINUTE);
      await harness.ledger.quarantineSilent();
      const toldOfIt = (await harness.events()).filter(({ limitId }) => limitId === limitOf('q'));
      expect(toldOfIt).toContainEqual(
        expect.objectContaining({ type: 'BudgetExhausted', quarantined: 100n, cheapest: 100n }),
      );
    });
  });
};

const brief = (event: BudgetEvent): string => {
  switch (event.type) {
    case 'BudgetThresholdCrossed':
      return `${event.percent} % of ${event.limit}`;
    case 'BudgetExhausted':
      return `exhausted at ${event.spent} of ${event.limit}`;
    case 'LeaseQuarantined':
    case 'QuarantineReleased':
    case 'HoldExceeded':
      return event.type;
  }
};
