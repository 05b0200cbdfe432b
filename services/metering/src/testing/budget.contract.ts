import { deriveId, type Limit, type LimitId, type ResetRule, withRecord } from '@gatehouse/kernel';
import type { SliceAnswer } from '../domain/journal/slices';
import type { BudgetEvent } from '../domain/lease/lease.events';
import { type ResetApproval, ResetApprovalRequired } from '../domain/ledger/reset-budget';
import type { ScopeInForce } from '../domain/limit/limit-in-force';
import { emptyJournal } from './empty-journal';
import { JOURNAL, type LedgerHarness, rateLimit, scopeWith, usdBudget } from './ledger-harness';
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
      await harness.ledger.carryOut(emptyJournal(JOURNAL));
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
        recordsUntold: false,
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
        recordsUntold: false,
        finals: (await harness.heldLeases()).map((lease) => ({ ...lease, count: 1n, sum: lease.cap })),
      });
    };
    const set = async (limits: readonly Limit[]): Promise<ScopeInForce> => {
      const scope = scopeWith('p', limits, { revision: BigInt(asked++) });
      await harness.setScope(scope);
      return scope;
    };
    const limitOf = (some: string): LimitId => deriveId('lim', some) as LimitId;
    const reset = (requestId: string, approval: ResetApproval = { kind: 'needless' }): Promise<void> =>
      harness.ledger.carryOut({
        type: 'ResetBudget',
        limitId: limitOf('p'),
        scope: scopeWith('p', []).scope,
        asked: {
          actor: { kind: 'apiKey', id: 'key', address: '' },
          ...{ reason: 'spec', requestId, command: 'ResetBudget' },
        },
        approval,
      });
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

    it('ends a period where the rule of now has ended it, though nobody asks', async () => {
      await spend(await set([usdBudget('p', 100n)]), 60n);
      const daily = { reset: { period: 'days', everyDays: 1 } } as const;
      await set([usdBudget('p', 100n, daily)]);
      harness.clock.advance(2 * DAY);
      await set([usdBudget('p', 70n, daily)]);
      expect(await harness.ledger.reviewBudgets()).toBe(1);
      expect(await harness.ledger.reviewBudgets()).toBe(0);
      const [row] = await harness.rows();
      expect(row).toMatchObject({ amount: 100n, closed: 60n, rule: 'days:1' });
      expect(row?.end?.getTime()).toBeLessThan(harness.clock.now().getTime());
      expect(await harness.ledger.closePeriods()).toBe(1);
      await spend(await set([usdBudget('p', 70n, daily)]), 1n);
      expect(await harness.rows()).toMatchObject([
        { closed: 60n, over: true },
        { closed: 1n, amount: 70n },
      ]);
    });

    it('ends a period where its rule alone has changed, though nobody asks', async () => {
      const resetting = (reset: ResetRule) => set([usdBudget('p', 100n, { reset })]);
      await spend(await resetting({ period: 'never' }), 60n);
      await resetting({ period: 'days', everyDays: 1 });
      expect(await harness.ledger.reviewBudgets()).toBe(1);
      expect(await harness.ledger.closePeriods()).toBe(0);
      harness.clock.advance(2 * DAY);
      expect(await harness.ledger.closePeriods()).toBe(1);
      expect(await harness.rows()).toMatchObject([{ closed: 60n, rule: 'days:1', over: true }]);
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

    it('closes a period once it is over and nothing of it is open, with its totals', async () => {
      const scope = await set([usdBudget('p', 100n, { alerts: [] })]);
      await spend(scope, 2n);
      await ask(scope, 30n);
      expect(await harness.ledger.closePeriods()).toBe(0);
      harness.clock.advance(25 * DAY);
      expect(await harness.ledger.closePeriods()).toBe(0);
      await settle(20n);
      await spend(scope, 1n);
      expect(await harness.ledger.closePeriods()).toBe(1);
      expect(await harness.ledger.closePeriods()).toBe(0);
      expect(await told()).toEqual(['closed with 22 by 2']);
      const digest = (cost: bigint) =>
        withRecord(withRecord('', `${JOURNAL}.2`, '1', `${cost}`, '0'), ...[`${JOURNAL}.1`, '1', '2', '0']);
      expect(await harness.events()).toMatchObject([
        {
          scope: scope.scope,
          periodStart: new Date('2026-11-01'),
          periodEnd: new Date('2026-12-01'),
          digest: digest(20n),
        },
      ]);
      expect(digest(20n)).not.toBe(digest(21n));
    });

    it('closes no period that a new rule has made longer, and begins none anew that is closed', async () => {
      await spend(await set([usdBudget('p', 100n, { alerts: [], reset: { period: 'weekly' } })]), 5n);
      const ruleSince = harness.clock.now();
      const monthly = scopeWith('p', [usdBudget('p', 100n, { alerts: [] })], { revision: 9n, at: ruleSince });
      await harness.setScope(monthly);
      harness.clock.advance(10 * DAY);
      expect(await harness.ledger.closePeriods()).toBe(0);
      expect(await harness.rows()).toMatchObject([{ end: new Date('2026-12-01'), over: false }]);
      harness.clock.advance(15 * DAY);
      expect(await harness.ledger.closePeriods()).toBe(1);
      await harness.setScope(
        scopeWith('p', [usdBudget('p', 100n, { reset: { period: 'never' } })], {
          revision: 10n,
          at: ruleSince,
        }),
      );
      await ask({ ...monthly, revision: 10n }, 100n);
      expect(await harness.rows()).toMatchObject([
        { closed: 5n, open: 0n },
        { closed: 0n, open: 100n },
      ]);
    });

    it('ends a period by hand, once for a request; what is held of it stays its own', async () => {
      const scope = await set([usdBudget('p', 100n, { alerts: [], reset: { period: 'never' } })]);
      await spend(scope, 1n);
      await ask(scope, 39n);
      await reset('first');
      expect(await told()).toEqual([]);
      harness.clock.advance(MINUTE);
      await reset('first');
      expect(await told()).toEqual(['reset at 1 of 100']);
      expect((await ask(scope, 100n)).kind).toBe('slices');
      harness.clock.advance(MINUTE);
      await reset('first');
      expect(await told()).toEqual(['reset at 1 of 100']);
      await reset('second');
      expect((await told()).slice(1)).toEqual(['reset at 0 of 100']);
      await settleEach();
      expect(await harness.rows()).toMatchObject([
        { closed: 40n, open: 0n, resetBy: 'first' },
        { closed: 100n, open: 0n, resetBy: 'second' },
      ]);
      expect(await harness.ledger.closePeriods()).toBe(2);
      expect((await ask(scope, 100n)).kind).toBe('slices');
    });

    it('ends no period by hand alone that somebody else is to approve, and with that once, and no other', async () => {
      const scope = await set([usdBudget('p', 100n, { alerts: [], reset: { period: 'never' } })]);
      const wanted = { kind: 'wanted' } as const;
      // Nothing was granted: there is nothing to approve.
      await reset('nothing', wanted);
      await spend(scope, 10n);
      harness.clock.advance(MINUTE);
      const refusal: unknown = await reset('first', wanted).catch((error: unknown) => error);
      if (!(refusal instanceof ResetApprovalRequired)) throw refusal;
      expect(refusal).toMatchObject({ code: 'REFUSED', reason: 'APPROVAL_REQUIRED' });
      expect(await told()).toEqual([]);
      const given = { kind: 'given', periodStart: refusal.periodStart } as const;
      await reset('first', given);
      expect(await told()).toEqual(['reset at 10 of 100']);
      await spend(scope, 20n);
      harness.clock.advance(MINUTE);
      // Repeated, by whoever carries it out or asked for it: it is done.
      await reset('first', given);
      await reset('first', wanted);
      // Approved for the period that is over.
      await expect(reset('second', given)).rejects.toMatchObject({
        code: 'CONFLICT',
        reason: 'REVISION_MISMATCH',
      });
      expect(await told()).toEqual(['reset at 10 of 100']);
      expect(await harness.rows()).toMatchObject([{ closed: 10n, resetBy: 'first' }, { closed: 20n }]);
    });

    it('ends no window of a rate limit by hand, and no period of what is not there', async () => {
      await set([rateLimit('p', 'requests', 5n, 'day')]);
      await expect(reset('rate')).rejects.toMatchObject({ reason: 'LIMIT_IS_NO_BUDGET' });
      await set([]);
      await expect(reset('gone')).rejects.toMatchObject({ reason: 'LIMIT_UNKNOWN' });
    });
  });
};

const brief = (event: BudgetEvent): string => {
  switch (event.type) {
    case 'BudgetThresholdCrossed':
      return `${event.percent} % of ${event.limit}`;
    case 'BudgetExhausted':
      return `exhausted at ${event.spent} of ${event.limit}`;
    case 'BudgetReset':
      return `reset at ${event.spent} of ${event.limit}`;
    case 'PeriodClosed':
      return `closed with ${event.spent} by ${event.attempts}`;
    case 'DoubtWaived':
    case 'BudgetRecovered':
    case 'LeaseQuarantined':
    case 'QuarantineReleased':
    case 'HoldExceeded':
      return event.type;
  }
};
