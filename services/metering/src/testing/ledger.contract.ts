import {
  deriveId,
  journalId,
  leaseId,
  type LeaseId,
  type Limit,
  type ResetRule,
  type ScopeKind,
} from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { AskOutcome, Grant } from '../domain/lease/ask-outcome';
import { periodAt, ruleOf } from '../domain/period/period';
import {
  amounts,
  askOf,
  auditBooks,
  brief,
  JOURNAL,
  type LedgerHarness,
  ORGANIZATION,
  rateLimit,
  scopeWith,
  START,
  usdBudget,
} from './ledger-harness';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What every ledger does, whatever it keeps its books in. */
export const ledgerContract = (name: string, factory: () => Promise<LedgerHarness>): void => {
  describe(`ledger contract: ${name}`, () => {
    let harness: LedgerHarness;

    beforeEach(async () => {
      harness = await factory();
      await harness.ledger.carryOut({ type: 'OpenJournal', journalId: JOURNAL, incarnation: 1n });
    });

    afterEach(async () => {
      expect(auditBooks(await harness.rows(), await harness.leases())).toEqual([]);
      await harness.close();
    });

    const ask = (...args: Parameters<typeof askOf>) => harness.ledger.carryOut(askOf(...args));
    const granted = (outcome: AskOutcome | string): Grant & { leaseId: LeaseId } => {
      if (typeof outcome === 'string' || outcome.kind !== 'grant' || !outcome.leaseId) {
        throw new Error(`not granted: ${brief(outcome)}`);
      }
      return { ...outcome, leaseId: outcome.leaseId };
    };
    const close = (id: LeaseId, sum: Partial<Amounts>, doubt: Partial<Amounts> = {}, count = 1n) =>
      harness.ledger.carryOut({
        type: 'CloseLease',
        journalId: JOURNAL,
        leaseId: id,
        count,
        sum: amounts(sum),
        doubt: amounts(doubt),
      });
    const onlyRow = async () => {
      const rows = await harness.rows();
      expect(rows).toHaveLength(1);
      return rows[0] as (typeof rows)[number];
    };

    describe('asks', () => {
      it('grant what is wanted while it fits, and deny what does not, with the limit that stood against it', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        expect(brief(await ask('1', [scope], { nanoUsd: 60n, tokens: 7n, requests: 1n }))).toBe(
          'granted 60/7/1',
        );
        const denial = await ask('2', [scope], { nanoUsd: 41n });
        expect(denial).toMatchObject({
          kind: 'denial',
          reason: 'budgetExceeded',
          mayFitLater: true,
          limit: {
            limitId: scope.limits[0]?.limit.id,
            scope: scope.scope,
            unit: 'nanoUsd',
            budget: true,
            limit: 100n,
            spent: 0n,
            held: 60n,
            doubt: 0n,
            quarantined: 0n,
            periodStart: new Date('2026-11-01'),
            resetsAt: new Date('2026-12-01'),
          },
        });
        expect(brief(await ask('3', [scope], { nanoUsd: 40n }))).toBe('granted 40/0/0');
      });

      it('say whether waiting for holds in flight may help', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const first = granted(await ask('1', [scope], { nanoUsd: 60n }));
        await close(first.leaseId, { nanoUsd: 50n });
        await ask('2', [scope], { nanoUsd: 30n });
        expect(brief(await ask('3', [scope], { nanoUsd: 50n }))).toBe('budgetExceeded, may fit later');
        expect(brief(await ask('4', [scope], { nanoUsd: 51n }))).toBe('budgetExceeded');
      });

      it('take from all limits of all scopes, or from none', async () => {
        const provision = scopeWith('p', [usdBudget('p', 100n)]);
        const workspace = scopeWith('w', [usdBudget('w', 50n)], { kind: 'workspace' });
        const key = scopeWith('k', [usdBudget('k', 1_000n)], { kind: 'apiKey' });
        for (const scope of [provision, workspace, key]) await harness.setScope(scope);
        const all = [provision, workspace, key];
        expect(brief(await ask('1', all, { nanoUsd: 40n }))).toBe('granted 40/0/0');
        expect(await ask('2', all, { nanoUsd: 11n })).toMatchObject({
          limit: { limitId: workspace.limits[0]?.limit.id },
        });
        expect((await harness.rows()).map(({ open }) => open)).toEqual([40n, 40n, 40n]);
      });

      it('grant less than wanted, down to the least, by the fair share of what is left', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const least = { least: amounts({ nanoUsd: 5n }) };
        // free ÷ (2 × (leases open + 1))
        expect(brief(await ask('1', [scope], { nanoUsd: 80n }, least))).toBe('granted 50/0/0');
        expect(brief(await ask('2', [scope], { nanoUsd: 80n }, least))).toBe('granted 12/0/0');
        expect(brief(await ask('3', [scope], { nanoUsd: 80n }, least))).toBe('granted 6/0/0');
        expect(brief(await ask('4', [scope], { nanoUsd: 80n }, least))).toBe('granted 5/0/0');
        expect(brief(await ask('5', [scope], { nanoUsd: 3n }, { least: amounts({ nanoUsd: 1n }) }))).toBe(
          'granted 2/0/0',
        );
      });

      it('answer the least cap over the limits of a unit, and hold just that in each', async () => {
        const wide = scopeWith('wide', [usdBudget('wide', 1_000n)]);
        const narrow = scopeWith('narrow', [usdBudget('narrow', 40n)], { kind: 'workspace' });
        await harness.setScope(wide);
        await harness.setScope(narrow);
        const outcome = await ask('1', [wide, narrow], { nanoUsd: 100n, tokens: 9n }, { least: amounts({}) });
        expect(brief(outcome)).toBe('granted 20/9/0');
        expect((await harness.rows()).map(({ open }) => open)).toEqual([20n, 20n]);
      });

      it('need no limit at all', async () => {
        const scope = scopeWith('a', []);
        await harness.setScope(scope);
        expect(
          await ask('1', [scope], { nanoUsd: 60n, tokens: 7n, requests: 1n }, { unpriced: true }),
        ).toEqual({
          kind: 'grant',
          leaseId: undefined,
          cap: { nanoUsd: 60n, tokens: 7n, requests: 1n },
          validForMs: 30_000,
          limits: [],
          strict: false,
        });
        expect(await harness.leases()).toEqual([]);
      });

      it('are denied where a USD budget applies to what has no price', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        const tokens = scopeWith('t', [usdBudget('t', 100n, { unit: 'tokens' } as never)], {
          kind: 'workspace',
        });
        await harness.setScope(scope);
        await harness.setScope(tokens);
        expect(brief(await ask('1', [scope, tokens], { tokens: 5n }, { unpriced: true }))).toBe('unpriced');
        expect(brief(await ask('2', [tokens], { tokens: 5n }, { unpriced: true }))).toBe('granted 0/5/0');
      });

      it('count requests and tokens against rate limits, anew in each window', async () => {
        const scope = scopeWith('a', [rateLimit('rpm', 'requests', 2n), rateLimit('tpm', 'tokens', 100n)]);
        await harness.setScope(scope);
        const one = granted(await ask('1', [scope], { tokens: 50n, requests: 1n }));
        expect(one).toMatchObject({ validForMs: 30_000 });
        await close(one.leaseId, { tokens: 10n, requests: 1n });
        expect(brief(await ask('2', [scope], { tokens: 91n, requests: 1n }))).toBe('rateLimitExceeded');
        granted(await ask('3', [scope], { tokens: 50n, requests: 1n }));
        // Requests are consumed at admission: waiting for the one in flight gives none back.
        expect(brief(await ask('4', [scope], { tokens: 1n, requests: 1n }))).toBe('rateLimitExceeded');
        harness.clock.advance(59_000);
        expect(brief(await ask('5', [scope], { tokens: 1n, requests: 1n }))).toBe('rateLimitExceeded');
        harness.clock.advance(1_000);
        expect(await ask('6', [scope], { tokens: 100n, requests: 1n })).toMatchObject({ kind: 'grant' });
      });

      it('name a limit that will not fit later before one that may, and budgets before rate limits', async () => {
        const scope = scopeWith('a', [
          rateLimit('tpm', 'tokens', 10n),
          usdBudget('usd', 10n),
          usdBudget('tokens', 10n, { unit: 'tokens' } as never),
        ]);
        await harness.setScope(scope);
        await ask('1', [scope], { nanoUsd: 10n, tokens: 10n });
        expect(await ask('2', [scope], { nanoUsd: 1n })).toMatchObject({ reason: 'budgetExceeded' });
        expect(await ask('3', [scope], { tokens: 1n })).toMatchObject({
          reason: 'budgetExceeded',
          mayFitLater: true,
        });
        expect(await ask('4', [scope], { nanoUsd: 1n, tokens: 11n })).toMatchObject({
          mayFitLater: false,
          limit: { unit: 'tokens', budget: true },
        });
      });

      it('admit nothing past the end of the first period to end', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n), rateLimit('rpm', 'requests', 5n)]);
        await harness.setScope(scope);
        harness.clock.advance(50_000);
        expect(await ask('1', [scope], { requests: 1n })).toMatchObject({ validForMs: 10_000 });
      });

      it('show the tightest limit of each kind', async () => {
        const provision = scopeWith('p', [usdBudget('p', 100n), rateLimit('rpm', 'requests', 5n)]);
        const workspace = scopeWith('w', [usdBudget('w', 50n, { strict: true })], { kind: 'workspace' });
        await harness.setScope(provision);
        await harness.setScope(workspace);
        const { limits, strict } = granted(
          await ask('1', [provision, workspace], { nanoUsd: 10n, requests: 1n }),
        );
        expect(limits.map(({ limit, held, unit }) => [limit, held, unit]).sort()).toEqual([
          [5n, 1n, 'requests'],
          [50n, 10n, 'nanoUsd'],
        ]);
        expect(strict).toBe(true);
      });

      it('answer a repetition as the first, grants and denials, whatever has happened since', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const grant = granted(await ask('1', [scope], { nanoUsd: 80n }));
        const denial = await ask('2', [scope], { nanoUsd: 30n });
        expect(brief(denial)).toBe('budgetExceeded, may fit later');
        await close(grant.leaseId, { nanoUsd: 1n });
        harness.clock.advance(60 * DAY);
        expect(await ask('1', [scope], { nanoUsd: 80n })).toEqual(grant);
        expect(await ask('2', [scope], { nanoUsd: 30n })).toEqual(denial);
        expect(await onlyRow()).toMatchObject({ closed: 1n, open: 0n });
      });

      it('answer twins that arrive together alike', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const [first, second] = await Promise.all([
          ask('1', [scope], { nanoUsd: 60n }),
          ask('1', [scope], { nanoUsd: 60n }),
        ]);
        expect(second).toEqual(first);
        expect(await onlyRow()).toMatchObject({ open: 60n, openLeases: 1 });
      });

      it('wait for limits that were not heard of, and are no outcome until then', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)], { revision: 2n });
        expect(await ask('1', [scope], { nanoUsd: 60n })).toBe('scopeNotSeen');
        await harness.setScope({ ...scope, revision: 1n });
        expect(await ask('1', [scope], { nanoUsd: 60n })).toBe('scopeNotSeen');
        await harness.setScope({ ...scope, revision: 3n });
        expect(brief(await ask('1', [scope], { nanoUsd: 60n }))).toBe('granted 60/0/0');
      });

      it('of another organization are refused', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const stranger = deriveId('org', 'other') as typeof ORGANIZATION;
        await expect(ask('1', [scope], { nanoUsd: 1n }, { organizationId: stranger })).rejects.toMatchObject({
          code: 'INVALID',
          reason: 'SCOPE_OF_ANOTHER_ORGANIZATION',
        });
        expect(await harness.rows()).toEqual([]);
      });
    });

    describe('limits that change', () => {
      const month = usdBudget('a', 100n);

      it('apply from the next ask; a limit below what is spent is a fact, and never refused', async () => {
        const scope = scopeWith('a', [month]);
        await harness.setScope(scope);
        const first = granted(await ask('1', [scope], { nanoUsd: 80n }));
        const lower = scopeWith('a', [usdBudget('a', 50n)], { revision: 1n });
        await harness.setScope(lower);
        expect(await ask('2', [lower], { nanoUsd: 1n })).toMatchObject({
          reason: 'budgetExceeded',
          limit: { limit: 50n },
        });
        await close(first.leaseId, { nanoUsd: 70n });
        expect(await onlyRow()).toMatchObject({ closed: 70n, open: 0n });
        const higher = scopeWith('a', [usdBudget('a', 75n)], { revision: 2n });
        await harness.setScope(higher);
        expect(brief(await ask('3', [higher], { nanoUsd: 5n }))).toBe('granted 5/0/0');
        expect(brief(await ask('4', [higher], { nanoUsd: 1n }))).toBe('budgetExceeded, may fit later');
      });

      it('carry what was spent when their reset rule changes, to the end that the new rule gives', async () => {
        const scope = scopeWith('a', [month]);
        await harness.setScope(scope);
        await close(granted(await ask('1', [scope], { nanoUsd: 80n })).leaseId, { nanoUsd: 80n });
        harness.clock.advance(DAY);
        const at = harness.clock.now();
        const weekly = scopeWith('a', [{ ...month, reset: { period: 'weekly' } } as never], {
          revision: 1n,
          at,
        });
        await harness.setScope(weekly);
        harness.clock.advance(MINUTE);
        expect(await ask('2', [weekly], { nanoUsd: 21n })).toMatchObject({
          limit: { spent: 80n, periodStart: new Date('2026-11-01'), resetsAt: new Date('2026-11-15') },
        });
        harness.clock.advance(5 * DAY);
        expect(await ask('3', [weekly], { nanoUsd: 100n })).toMatchObject({
          limits: [{ held: 100n, periodStart: new Date('2026-11-15'), resetsAt: new Date('2026-11-22') }],
        });
      });

      it.each([
        [{ period: 'weekly' }, '2026-11-14T23:59:59Z', '2026-11-15T00:00:00Z'],
        [{ period: 'weekly', timeZone: 'Asia/Tokyo' }, '2026-11-14T14:59:59Z', '2026-11-14T15:00:00Z'],
        [{ period: 'weekly', weekday: 'monday' }, '2026-11-15T23:59:59Z', '2026-11-16T00:00:00Z'],
      ] as const)(
        'let a workspace whose weekly tokens ran out on Friday work again when its week is over: %j',
        async (reset, lastMoment, reopened) => {
          const weekly = usdBudget('week', 1_000n, { unit: 'tokens', reset } as object);
          const scope = scopeWith('w', [weekly], { kind: 'workspace' });
          await harness.setScope(scope);
          const goTo = (time: string): void =>
            harness.clock.advance(Date.parse(time) - harness.clock.now().getTime());
          goTo('2026-11-13T16:00:00Z');
          await close(granted(await ask('1', [scope], { tokens: 1_000n })).leaseId, { tokens: 1_000n });
          const refused = { kind: 'denial', limit: { spent: 1_000n, resetsAt: new Date(reopened) } };
          expect(await ask('2', [scope], { tokens: 1n })).toMatchObject(refused);
          goTo(lastMoment);
          expect(await ask('3', [scope], { tokens: 1n })).toMatchObject(refused);
          goTo(reopened);
          expect(await ask('4', [scope], { tokens: 1_000n })).toMatchObject({ kind: 'grant' });
        },
      );

      it('do not carry what belongs to a period that had ended before the rule changed', async () => {
        const scope = scopeWith('a', [month]);
        await harness.setScope(scope);
        await close(granted(await ask('1', [scope], { nanoUsd: 80n })).leaseId, { nanoUsd: 80n });
        harness.clock.advance(25 * DAY);
        const never = { ...month, reset: { period: 'never' } } as never;
        const later = scopeWith('a', [never], { revision: 1n, at: harness.clock.now() });
        await harness.setScope(later);
        expect(await ask('2', [later], { nanoUsd: 100n })).toMatchObject({ kind: 'grant' });
        harness.clock.advance(4_000 * DAY);
        expect(await ask('3', [later], { nanoUsd: 1n })).toMatchObject({
          kind: 'denial',
          limit: { resetsAt: undefined },
        });
        expect(await harness.rows()).toHaveLength(2);
      });

      it('never go back to an earlier period, even where the new rule would have begun one', async () => {
        const weekly = { ...month, reset: { period: 'weekly' } } as never;
        const scope = scopeWith('a', [weekly]);
        await harness.setScope(scope);
        harness.clock.advance(6 * DAY);
        await close(granted(await ask('1', [scope], { nanoUsd: 80n })).leaseId, { nanoUsd: 80n });
        // The week from the 15th to the 22nd is over; months begin on the 1st.
        harness.clock.advance(8 * DAY);
        const monthly = scopeWith('a', [month], { revision: 1n, at: harness.clock.now() });
        await harness.setScope(monthly);
        await ask('2', [monthly], { nanoUsd: 100n });
        expect((await harness.rows()).map(({ start, end }) => [start, end])).toEqual([
          [new Date('2026-11-15'), new Date('2026-11-22')],
          [new Date('2026-11-22'), new Date('2026-12-01')],
        ]);
      });

      it('begin where the one before has ended, where that of the new rule began within it', async () => {
        const weekly = { ...month, reset: { period: 'weekly' } } as never;
        const scope = scopeWith('a', [weekly]);
        await harness.setScope(scope);
        harness.clock.advance(20 * DAY);
        await close(granted(await ask('1', [scope], { nanoUsd: 80n })).leaseId, { nanoUsd: 80n });
        harness.clock.advance(8 * DAY);
        const monthly = scopeWith('a', [month], { revision: 1n, at: harness.clock.now() });
        await harness.setScope(monthly);
        expect(await ask('2', [monthly], { nanoUsd: 100n })).toMatchObject({ kind: 'grant' });
        expect((await harness.rows()).map(({ start, end }) => [start, end])).toEqual([
          [new Date('2026-11-29'), new Date('2026-12-06')],
          [new Date('2026-12-06'), new Date('2027-01-01')],
        ]);
      });
    });

    describe('limits of every kind', () => {
      const RESETS: readonly ResetRule[] = [
        { period: 'never' },
        { period: 'weekly' },
        { period: 'monthly' },
        { period: 'days', everyDays: 1 },
        { period: 'days', everyDays: 365 },
      ];
      const every = (kind: ScopeKind): readonly Limit[] => [
        ...RESETS.flatMap((reset) =>
          (['nanoUsd', 'tokens'] as const).map((unit) =>
            usdBudget(`${kind} ${unit} ${JSON.stringify(reset)}`, 10n, { unit, reset } as object),
          ),
        ),
        ...(['requests', 'tokens'] as const).flatMap((unit) =>
          (['minute', 'hour', 'day'] as const).map((window) =>
            rateLimit(`${kind} ${unit} ${window}`, unit, 10n, window),
          ),
        ),
      ];

      it.each<ScopeKind>(['provision', 'workspace', 'apiKey', 'integration', 'organization', 'workspaceKey'])(
        'are obeyed, and begin anew when they should: %s',
        async (kind) => {
          for (const limit of every(kind)) {
            const scope = scopeWith(limit.id, [limit], { kind });
            await harness.setScope(scope);
            const { unit } = limit;
            const reason = limit.kind === 'budget' ? 'budgetExceeded' : 'rateLimitExceeded';
            const witness = { limitId: limit.id, scope: scope.scope, unit, limit: 10n };
            granted(await ask(`${limit.id} 1`, [scope], { [unit]: 6n }));
            const against = { ...witness, held: 6n };
            expect(await ask(`${limit.id} 2`, [scope], { [unit]: 5n })).toMatchObject({
              reason,
              limit: against,
            });
            const { end } = periodAt(ruleOf(limit), START, harness.clock.now());
            harness.clock.advance(end ? end.getTime() - harness.clock.now().getTime() : 400 * DAY);
            const next = await ask(`${limit.id} 3`, [scope], { [unit]: 10n });
            expect(next).toMatchObject(end ? { kind: 'grant' } : { reason, limit: against });
          }
        },
      );
    });

    describe('ends', () => {
      const end = new Date('2026-11-10T12:00:10Z');

      it('of a provision end grants, limited or not, and the leases that were granted before', async () => {
        for (const limits of [[usdBudget('a', 100n)], []]) {
          const scope = { ...scopeWith(`ends ${limits.length}`, limits), expiresAt: end };
          await harness.setScope(scope);
          const outcome = await ask(`before ${limits.length}`, [scope], { nanoUsd: 1n });
          expect(outcome).toMatchObject({ kind: 'grant', validForMs: 10_000 });
        }
        harness.clock.advance(10_000);
        for (const length of [1, 0]) {
          const scope = { ...scopeWith(`ends ${length}`, []), expiresAt: end };
          await expect(ask(`after ${length}`, [scope], { nanoUsd: 1n })).rejects.toMatchObject({
            code: 'REFUSED',
            reason: 'SCOPE_EXPIRED',
          });
        }
      });

      it('of a raise give the limit back what it was, whatever was spent above it', async () => {
        const raised = { ...usdBudget('a', 100n), raise: { more: 50n, until: end } };
        const scope = scopeWith('a', [raised]);
        await harness.setScope(scope);
        expect(brief(await ask('1', [scope], { nanoUsd: 151n }))).toBe('budgetExceeded');
        const first = granted(await ask('2', [scope], { nanoUsd: 140n }));
        expect(first).toMatchObject({ validForMs: 10_000, limits: [{ limit: 150n, held: 140n }] });
        harness.clock.advance(9_999);
        const second = granted(await ask('3', [scope], { nanoUsd: 5n }));
        harness.clock.advance(1);
        expect(await ask('4', [scope], { nanoUsd: 1n })).toMatchObject({
          kind: 'denial',
          limit: { limit: 100n, held: 145n },
        });
        await close(first.leaseId, { nanoUsd: 95n });
        await close(second.leaseId, { nanoUsd: 0n });
        // What is left of the limit itself is left.
        expect(brief(await ask('5', [scope], { nanoUsd: 6n }))).toBe('budgetExceeded');
        expect(granted(await ask('6', [scope], { nanoUsd: 5n })).validForMs).toBe(30_000);
      });

      it('of a raise lie in the period after it as well', async () => {
        const until = new Date('2026-12-02T00:00:00Z');
        const scope = scopeWith('a', [{ ...usdBudget('a', 100n), raise: { more: 50n, until } }]);
        await harness.setScope(scope);
        harness.clock.advance(20 * DAY + 12 * 60 * MINUTE);
        expect(granted(await ask('1', [scope], { nanoUsd: 150n })).limits).toMatchObject([{ limit: 150n }]);
        harness.clock.advance(DAY);
        expect(await ask('2', [scope], { nanoUsd: 1n })).toMatchObject({
          limit: { limit: 100n, held: 150n },
        });
      });
    });

    describe('closes', () => {
      it('charge the sum to the row that granted the lease, also when its period is over', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const lease = granted(await ask('1', [scope], { nanoUsd: 80n }));
        harness.clock.advance(40 * DAY);
        granted(await ask('2', [scope], { nanoUsd: 100n }));
        await close(lease.leaseId, { nanoUsd: 30n, tokens: 400n }, { nanoUsd: 5n });
        expect((await harness.rows()).map(({ closed, open, doubt }) => [closed, open, doubt])).toEqual([
          [30n, 0n, 5n],
          [0n, 100n, 0n],
        ]);
      });

      it('count once: the first final stands', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 80n }));
        await Promise.all([close(id, { nanoUsd: 30n }), close(id, { nanoUsd: 30n })]);
        await close(id, { nanoUsd: 50n });
        expect(await onlyRow()).toMatchObject({ closed: 30n, open: 0n, openLeases: 0 });
        expect(await harness.leases()).toMatchObject([
          { status: 'closed', count: 1n, sum: { nanoUsd: 30n } },
        ]);
      });

      it('are never refused: what exceeds its hold raises the ceiling, and is an event', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 100n }));
        await close(id, { nanoUsd: 130n });
        expect(await onlyRow()).toMatchObject({ closed: 130n, open: 0n, ceiling: 130n });
        expect(await harness.events()).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ type: 'HoldExceeded', leaseId: id, cap: 100n, charged: 130n }),
          ]),
        );
        expect(brief(await ask('2', [scope], { nanoUsd: 1n }))).toBe('budgetExceeded');
      });

      it('do not overflow, however absurd', async () => {
        const scope = scopeWith('a', [usdBudget('a', 9_000_000_000_000_000_000n)]);
        await harness.setScope(scope);
        const most = 9_223_372_036_854_775_807n;
        const first = granted(await ask('1', [scope], { nanoUsd: 1n }));
        const second = granted(await ask('2', [scope], { nanoUsd: 1n }));
        await close(first.leaseId, { nanoUsd: most });
        expect(await onlyRow()).toMatchObject({ closed: most - 1n, open: 1n });
        await close(second.leaseId, { nanoUsd: 5n });
        expect(await onlyRow()).toMatchObject({ closed: most, open: 0n });
        expect(brief(await ask('3', [scope], { nanoUsd: 1n }))).toBe('budgetExceeded');
        // The sums are no longer those of the leases; nothing else is to be audited here.
        harness.rows = async () => [];
      });

      it('of leases that nobody knows, or that another journal holds, are refused', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 80n }));
        await expect(close(leaseId(deriveId('lse', 'x')), {})).rejects.toMatchObject({
          reason: 'LEASE_UNKNOWN',
        });
        const stranger = journalId(deriveId('jnl', 'stranger'));
        const final = { leaseId: id, count: 0n, sum: amounts({}), doubt: amounts({}) };
        await expect(
          harness.ledger.carryOut({ type: 'CloseLease', journalId: stranger, ...final }),
        ).rejects.toMatchObject({ reason: 'LEASE_OF_ANOTHER_JOURNAL' });
        expect(await onlyRow()).toMatchObject({ open: 80n });
      });

      it('announce each threshold of a budget once per period', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n), rateLimit('tpm', 'tokens', 40n, 'day')]);
        await harness.setScope(scope);
        const spend = async (askId: string, nanoUsd: bigint): Promise<void> =>
          close(granted(await ask(askId, [scope], { nanoUsd })).leaseId, { nanoUsd, tokens: 10n });
        const percents = async () =>
          (await harness.events()).flatMap((event) =>
            event.type === 'BudgetThresholdCrossed' ? event.percent : [],
          );
        await spend('1', 49n);
        expect(await percents()).toEqual([]);
        await spend('2', 1n);
        expect(await percents()).toEqual([50]);
        await spend('3', 45n);
        expect(await percents()).toEqual([50, 80, 90]);
        await spend('4', 5n);
        expect(await percents()).toEqual([50, 80, 90, 100]);
        harness.clock.advance(25 * DAY);
        await spend('5', 55n);
        expect(await percents()).toEqual([50, 80, 90, 100, 50]);
        expect((await harness.events()).at(-1)).toMatchObject({
          periodStart: new Date('2026-12-01'),
          scope: scope.scope,
          limit: 100n,
          spent: 55n,
        });
      });
    });

    describe('returns', () => {
      const giveBack = (id: LeaseId, sequence: bigint, cap: Partial<Amounts>) =>
        harness.ledger.carryOut({
          type: 'ReturnLease',
          journalId: JOURNAL,
          leaseId: id,
          sequence,
          cap: amounts(cap),
        });

      it('lower caps to absolute amounts, each once, in their order; a lease never grows', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n), rateLimit('tpm', 'tokens', 50n)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 100n, tokens: 50n }));
        const open = async () => (await harness.rows()).map((row) => row.open).sort((a, b) => Number(a - b));
        await giveBack(id, 1n, { nanoUsd: 60n, tokens: 20n });
        await giveBack(id, 1n, { nanoUsd: 60n, tokens: 20n });
        expect(await open()).toEqual([20n, 60n]);
        await giveBack(id, 3n, { nanoUsd: 30n, tokens: 20n });
        await giveBack(id, 2n, { nanoUsd: 45n, tokens: 20n });
        expect(await open()).toEqual([20n, 30n]);
        await giveBack(id, 4n, { nanoUsd: 100n, tokens: 0n });
        expect(await open()).toEqual([0n, 30n]);
        await close(id, { nanoUsd: 25n });
        await giveBack(id, 5n, {});
        expect(await open()).toEqual([0n, 0n]);
      });
    });

    describe('journals', () => {
      it('fence their older incarnations, and are told what they hold', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const one = granted(await ask('1', [scope], { nanoUsd: 10n }));
        const two = granted(await ask('2', [scope], { nanoUsd: 10n }));
        await close(one.leaseId, {});
        const open = (incarnation: bigint) =>
          harness.ledger.carryOut({ type: 'OpenJournal', journalId: JOURNAL, incarnation });
        expect(await open(2n)).toMatchObject([{ id: two.leaseId, askId: '2' }]);
        expect(await open(2n)).toMatchObject([{ id: two.leaseId }]);
        await expect(open(1n)).rejects.toMatchObject({ code: 'REFUSED', reason: 'JOURNAL_FENCED' });
        await expect(ask('3', [scope], { nanoUsd: 1n })).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
        await expect(
          harness.ledger.carryOut({ type: 'RenewLeases', journalId: JOURNAL, incarnation: 1n, leaseIds: [] }),
        ).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
        // An old grant is not told to an older incarnation either: it could admit under it.
        await expect(ask('2', [scope], { nanoUsd: 10n })).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
        expect(await ask('2', [scope], { nanoUsd: 10n }, { incarnation: 2n })).toMatchObject({
          leaseId: two.leaseId,
        });
        await close(two.leaseId, { nanoUsd: 3n });
        expect(await open(3n)).toEqual([]);
      });

      it('must be opened before they ask', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const stranger = journalId(deriveId('jnl', 'stranger'));
        await expect(ask('1', [scope], { nanoUsd: 1n }, { journalId: stranger })).rejects.toMatchObject({
          code: 'REFUSED',
          reason: 'JOURNAL_NOT_OPEN',
        });
        await expect(ask('1', [scope], { nanoUsd: 1n }, { incarnation: 9n })).rejects.toMatchObject({
          reason: 'JOURNAL_NOT_OPEN',
        });
      });
    });

    describe('silence', () => {
      const renew = (leaseIds: readonly LeaseId[]) =>
        harness.ledger.carryOut({ type: 'RenewLeases', journalId: JOURNAL, incarnation: 1n, leaseIds });

      it('quarantines a lease; its cap stays charged, whatever time passes', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n, { reset: { period: 'never' } } as never)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 80n }));
        harness.clock.advance(44_999);
        expect(await harness.ledger.quarantineSilent()).toBe(0);
        harness.clock.advance(1);
        expect(await harness.ledger.quarantineSilent()).toBe(1);
        expect(await harness.ledger.quarantineSilent()).toBe(0);
        expect(await harness.events()).toMatchObject([
          { type: 'LeaseQuarantined', leaseId: id, journalId: JOURNAL, cap: 80n },
        ]);
        harness.clock.advance(1_000 * DAY);
        expect(await ask('2', [scope], { nanoUsd: 21n })).toMatchObject({
          mayFitLater: false,
          limit: { held: 80n, quarantined: 80n },
        });
        expect(
          await harness.ledger.carryOut({ type: 'OpenJournal', journalId: JOURNAL, incarnation: 2n }),
        ).toHaveLength(1);
        await close(id, { nanoUsd: 12n });
        expect(await onlyRow()).toMatchObject({ closed: 12n, open: 0n, quarantined: 0n });
      });

      it('does not befall what is renewed, not even past the end of its period', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n), rateLimit('rpm', 'requests', 5n)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 80n, requests: 1n }));
        harness.clock.advance(40_000);
        expect(await renew([id])).toEqual({ gone: [], validForMs: 20_000 });
        harness.clock.advance(40_000);
        expect(await harness.ledger.quarantineSilent()).toBe(0);
        // The minute that granted it is over: it lives on for what it has admitted, and admits nothing more.
        expect(await renew([id])).toEqual({ gone: [], validForMs: 0 });
        harness.clock.advance(44_000);
        expect(await harness.ledger.quarantineSilent()).toBe(0);
      });

      it('ends when the journal is heard again', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const { leaseId: id } = granted(await ask('1', [scope], { nanoUsd: 80n }));
        const other = granted(await ask('2', [scope], { nanoUsd: 10n }));
        harness.clock.advance(MINUTE);
        expect(await harness.ledger.quarantineSilent()).toBe(2);
        expect(await renew([id])).toEqual({ gone: [], validForMs: 30_000 });
        expect(await onlyRow()).toMatchObject({ open: 90n, quarantined: 10n });
        await harness.ledger.carryOut({
          type: 'ReturnLease',
          journalId: JOURNAL,
          leaseId: other.leaseId,
          sequence: 1n,
          cap: amounts({ nanoUsd: 4n }),
        });
        expect(await onlyRow()).toMatchObject({ open: 84n, quarantined: 4n });
        harness.clock.advance(MINUTE);
        expect(await harness.ledger.quarantineSilent()).toBe(1);
        expect((await harness.events()).filter(({ type }) => type === 'LeaseQuarantined')).toHaveLength(3);
      });

      it('tells a journal which leases it does not hold', async () => {
        const scope = scopeWith('a', [usdBudget('a', 100n)]);
        await harness.setScope(scope);
        const one = granted(await ask('1', [scope], { nanoUsd: 10n })).leaseId;
        const two = granted(await ask('2', [scope], { nanoUsd: 10n })).leaseId;
        const unknown = leaseId(deriveId('lse', 'unknown'));
        await close(one, {});
        expect(await renew([one, two, unknown])).toEqual({ gone: [one, unknown], validForMs: 30_000 });
      });
    });

    it('keeps commands apart that arrive together: a refused one leaves its companions alone', async () => {
      const scope = scopeWith('a', [usdBudget('a', 100n)]);
      await harness.setScope(scope);
      const results = await Promise.allSettled([
        ask('1', [scope], { nanoUsd: 60n }),
        ask('2', [scope], { nanoUsd: 60n }),
        ask('3', [scope], { nanoUsd: 60n }, { incarnation: 7n }),
        close(leaseId(deriveId('lse', 'x')), {}),
        ask('4', [scope], { nanoUsd: 40n }),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      expect(await onlyRow()).toMatchObject({ open: 100n, openLeases: 2, start: new Date('2026-11-01') });
    });
  });
};
