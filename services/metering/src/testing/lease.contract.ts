import { deriveId, journalId, type JournalId, limitId, organizationId } from '@gatehouse/kernel';
import type { Amounts, LeaseRange } from '@gatehouse/leases';
import type { AskSlices, SliceAnswer, SliceGrant } from '../domain/journal/slices';
import type { LeaseFinal } from '../domain/journal/close-leases';
import type { HeldLease } from '../domain/journal/held-lease';
import type { LeaseReport, ReportLeases } from '../domain/journal/report-leases';
import type { ScopeInForce } from '../domain/limit/limit-in-force';
import {
  amounts,
  auditBooks,
  byOperator,
  JOURNAL,
  type LedgerHarness,
  ORGANIZATION,
  rateLimit,
  scopeWith,
  START,
  TERMS,
  usdBudget,
} from './ledger-harness';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const OTHER = journalId(deriveId('jnl', 'other'));

export const sliceAsk = (
  askId: string,
  scopes: readonly ScopeInForce[],
  want: Partial<Amounts>,
  more: Partial<AskSlices> = {},
): AskSlices => ({
  type: 'AskSlices',
  askId,
  journalId: JOURNAL,
  incarnation: 1n,
  organizationId: ORGANIZATION,
  scopes: scopes.map(({ scope, revision }) => ({ scope, revision })),
  want: amounts(want),
  least: amounts(want),
  unpriced: false,
  wishes: new Map(),
  waitMs: 0,
  ...more,
});

/** What a ledger does with leases of one limit, whatever it keeps its books in. */
export const leaseContract = (name: string, factory: () => Promise<LedgerHarness>): void => {
  describe(`lease contract: ${name}`, () => {
    let harness: LedgerHarness;
    /** Closed and swept: the rows still say what they cost. */
    let swept: readonly HeldLease[];

    beforeEach(async () => {
      harness = await factory();
      swept = [];
      await begin(JOURNAL);
    });

    afterEach(async () => {
      const held = [...swept, ...(await harness.heldLeases())];
      expect(auditBooks(await harness.rows(), await harness.leases(), held)).toEqual([]);
      await harness.close();
    });

    const begin = (
      journal: JournalId,
      incarnation = 1n,
      lastLease = 0n,
      acknowledged: readonly LeaseRange[] = [],
    ) =>
      harness.ledger.carryOut({
        type: 'BeginJournal',
        journalId: journal,
        incarnation,
        lastLease,
        acknowledged,
        recoveredAt: undefined,
      });
    const ask = (...args: Parameters<typeof sliceAsk>) => harness.ledger.carryOut(sliceAsk(...args));
    const report = (
      reports: readonly Partial<LeaseReport>[],
      journal = JOURNAL,
      incarnation = 1n,
      unlimited: ReportLeases['unlimited'] = [],
    ) =>
      harness.ledger.carryOut({
        type: 'ReportLeases',
        journalId: journal,
        incarnation,
        unlimited,
        reports: reports.map((some) => ({
          ...{ number: 1n, sequence: 1n, cap: 1_000n },
          ...SETTLED,
          ...some,
        })),
      });
    const final = (lease: HeldLease, some: Partial<LeaseFinal>): LeaseFinal => ({
      ...lease,
      ...SETTLED,
      ...some,
    });
    const close = (
      finals: readonly LeaseFinal[],
      {
        journal = JOURNAL,
        below = 1n,
        last = 0n,
      }: { journal?: JournalId; below?: bigint; last?: bigint } = {},
    ) =>
      harness.ledger.carryOut({
        type: 'CloseLeases',
        journalId: journal,
        acknowledgedBelow: below,
        lastLease: last,
        recordsUntold: false,
        finals,
      });
    const SETTLED = { count: 0n, sum: 0n, doubt: 0n };
    const row = async (name: string) =>
      (await harness.rows()).filter(({ limitId: id }) => id === deriveId('lim', name)).at(-1);
    const lease = async (number: bigint, journal = JOURNAL): Promise<HeldLease> => {
      const leases = await harness.heldLeases();
      const found = leases.find((one) => one.number === number && one.journalId === journal);
      if (!found) throw new Error(`no lease ${number}`);
      return found;
    };

    it('grants a lease of each limit, numbered, and all of them or none', async () => {
      const provision = scopeWith('p', [usdBudget('p', 1_000n), rateLimit('rpm', 'requests', 60n)]);
      const workspace = scopeWith('w', [usdBudget('w', 50n)], { kind: 'workspace' });
      for (const scope of [provision, workspace]) await harness.setScope(scope);
      const least = amounts({ nanoUsd: 10n, requests: 1n });
      const want = { nanoUsd: 100n, requests: 20n };
      const granted = grantOf(await ask('a', [provision, workspace], want, { least }));
      expect(granted.leases.map(({ number }) => number)).toEqual([1n, 2n, 3n]);
      const caps = Object.fromEntries(granted.leases.map(({ limit, cap }) => [limit.limitId, cap]));
      // Of the workspace's 50 half at most, of the others what was wanted.
      expect(caps).toEqual({
        [deriveId('lim', 'p')]: 100n,
        [deriveId('lim', 'rpm')]: 20n,
        [deriveId('lim', 'w')]: 25n,
      });
      expect(granted.leases.find(({ limit }) => limit.limitId === deriveId('lim', 'w'))?.limit.held).toBe(
        25n,
      );
      const refused = await ask('b', [provision, workspace], { nanoUsd: 30n, requests: 1n });
      expect(refused).toMatchObject({ kind: 'denial', reason: 'budgetExceeded', mayFitLater: true });
      expect(await row('p')).toMatchObject({ open: 100n });
      expect(grantOf(await ask('c', [provision], { nanoUsd: 5n, requests: 1n })).leases[0]?.number).toBe(4n);
    });

    it('shares what is left among those who hold leases of it, however many each holds', async () => {
      const scope = scopeWith('p', [usdBudget('p', 1_200n)]);
      await harness.setScope(scope);
      await begin(OTHER);
      const least = amounts({ nanoUsd: 1n });
      const capOf = async (askId: string, journal = JOURNAL) =>
        grantOf(await ask(askId, [scope], { nanoUsd: 10_000n }, { least, journalId: journal })).leases[0]
          ?.cap;
      expect(await capOf('a')).toBe(600n);
      // 600 ÷ (2 × (1 + 1)), and again one holder.
      expect(await capOf('b')).toBe(150n);
      expect(await capOf('c')).toBe(112n);
      expect(await capOf('d', OTHER)).toBe(84n);
      // 254 ÷ (2 × (2 + 1)).
      expect(await capOf('e')).toBe(42n);
    });

    it('answers a repetition as it answered first, grants and denials', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      const first = await ask('a', [scope], { nanoUsd: 60n });
      const denied = await ask('b', [scope], { nanoUsd: 60n });
      expect(denied).toMatchObject({ kind: 'denial' });
      await close([final(await lease(1n), { sum: 0n })]);
      harness.clock.advance(1_000);
      expect(await ask('a', [scope], { nanoUsd: 60n })).toEqual(first);
      expect(await ask('b', [scope], { nanoUsd: 60n })).toEqual(denied);
      expect(await row('p')).toMatchObject({ open: 0n, closed: 0n });
    });

    it('grants nothing of what is wished with 0, tests nothing of it, and says where it stands', async () => {
      const scope = scopeWith('p', [usdBudget('p', 10n), rateLimit('rpm', 'requests', 60n)]);
      await harness.setScope(scope);
      const wishes = new Map([[limitId(deriveId('lim', 'p')), 0n]]);
      const granted = grantOf(await ask('a', [scope], { nanoUsd: 99n, requests: 5n }, { wishes }));
      expect(granted.leases.map(({ limit }) => limit.limitId)).toEqual([deriveId('lim', 'rpm')]);
      expect(granted.covered).toMatchObject([{ limitId: deriveId('lim', 'p'), limit: 10n, held: 0n }]);
    });

    it('moves what is reported as settled from open to closed, with the thresholds that it reaches', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 80n });
      await report([{ sequence: 2n, cap: 80n, count: 3n, sum: 55n, doubt: 5n }]);
      expect(await row('p')).toMatchObject({ closed: 55n, open: 25n, doubt: 5n, openLeases: 1 });
      expect(await harness.events()).toMatchObject([
        { type: 'BudgetThresholdCrossed', percent: 50 },
        { type: 'BudgetExhausted', cheapest: 80n },
      ]);
      // Late: renews, and changes nothing.
      await report([{ sequence: 1n, cap: 1n, count: 1n, sum: 1n }]);
      expect(await row('p')).toMatchObject({ closed: 55n, open: 25n });
      await report([{ sequence: 3n, cap: 60n, count: 3n, sum: 55n, doubt: 5n }]);
      expect(await row('p')).toMatchObject({ closed: 55n, open: 5n });
      await close([final(await lease(1n), { count: 4n, sum: 58n })]);
      expect(await row('p')).toMatchObject({ closed: 58n, open: 0n, doubt: 0n, openLeases: 0 });
    });

    it('never lets a lease grow', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 40n });
      await report([{ sequence: 1n, cap: 30n }]);
      await report([{ sequence: 2n, cap: 90n }]);
      expect(await row('p')).toMatchObject({ open: 30n });
    });

    it('charges a final once, also above its cap, and tells of that once an hour', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 40n });
      await ask('b', [scope], { nanoUsd: 40n });
      const finals = [final(await lease(1n), { count: 1n, sum: 70n }), final(await lease(2n), { sum: 45n })];
      await close(finals);
      await close(finals);
      expect(await row('p')).toMatchObject({ closed: 115n, open: 0n, ceiling: 115n });
      const exceeded = (await harness.events()).filter(({ type }) => type === 'HoldExceeded');
      expect(exceeded).toHaveLength(1);
      expect(exceeded[0]).toMatchObject({ leaseId: `${JOURNAL}.1`, cap: 40n, charged: 70n });
    });

    it('says which reported leases it does not hold, and which were granted under limits that have changed', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      const other = scopeWith('q', [usdBudget('q', 100n)]);
      for (const one of [scope, other]) await harness.setScope(one);
      await ask('a', [scope, other], { nanoUsd: 10n });
      const numberOf = async (name: string) =>
        (await harness.heldLeases()).find(({ limitId: id }) => id === deriveId('lim', name))?.number;
      await harness.setScope({ ...scope, revision: 7n, limits: scopeWith('p', [usdBudget('p', 5n)]).limits });
      const reports = [1n, 2n, 9n].map((number) => ({ number }));
      expect(await report(reports)).toEqual({
        gone: [9n],
        recalled: [await numberOf('p')],
        unlimitedStill: [],
        validForMs: TERMS.ttlMs,
        limitIds: new Set([deriveId('lim', 'p'), deriveId('lim', 'q')]),
      });
    });

    it('says which scopes have no limits still: of none that has got some, that ends, or that is not known as it is named', async () => {
      const still = scopeWith('still', []);
      const limited = scopeWith('limited', []);
      const ends = { ...scopeWith('ends', []), expiresAt: new Date(START.getTime() + DAY) };
      const changed = scopeWith('changed', []);
      const unheard = scopeWith('unheard', []);
      for (const scope of [still, limited, ends, changed]) await harness.setScope(scope);
      const stillIn = async (scopes: readonly ScopeInForce[]) =>
        (await report([], JOURNAL, 1n, scopes)).unlimitedStill;
      expect(await stillIn([limited, still])).toEqual([true, true]);
      await harness.setScope({
        ...scopeWith('limited', [usdBudget('limited', 5n)]),
        ...{ revision: 7n },
      });
      await harness.setScope({ ...changed, revision: 7n });
      const ahead = { ...still, revision: 1n };
      expect(await stillIn([limited, still, ends, changed, unheard, ahead])).toEqual([
        ...[false, true, false, false, false, false],
      ]);
      await expect(report([], OTHER, 1n, [still])).rejects.toMatchObject({ reason: 'JOURNAL_NOT_OPEN' });
    });

    it('gives back what is quarantined where an operator says that nobody will speak for it, and keeps what was reported', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 40n });
      await ask('b', [scope], { nanoUsd: 20n });
      await report([{ number: 1n, sequence: 1n, cap: 40n, sum: 15n, count: 1n }]);
      harness.clock.advance(TERMS.ttlMs + TERMS.marginMs);
      await report([{ number: 2n, sequence: 1n, cap: 20n }]);
      const release = () =>
        harness.ledger.carryOut({
          type: 'ReleaseQuarantine',
          journalId: JOURNAL,
          numbers: [1n, 2n, 9n],
          asked: byOperator('the machine is gone'),
        });
      // Not before it is in quarantine.
      expect(await release()).toBe(0);
      await harness.ledger.quarantineSilent();
      expect(await release()).toBe(1);
      expect(await release()).toBe(0);
      expect(await row('p')).toMatchObject({ closed: 15n, open: 20n, quarantined: 0n });
      expect((await harness.events()).slice(1)).toEqual([
        {
          type: 'QuarantineReleased',
          limitId: deriveId('lim', 'p'),
          leaseId: `${JOURNAL}.1`,
          journalId: JOURNAL,
          cap: 40n,
          charged: 15n,
          reason: 'the machine is gone',
        },
      ]);
      // It speaks all the same: a repetition.
      await close([final(await lease(1n), { sum: 40n, count: 3n })]);
      expect(await report([{ number: 1n, sequence: 2n, cap: 40n, sum: 40n, count: 3n }])).toMatchObject({
        gone: [1n],
      });
      expect(await row('p')).toMatchObject({ closed: 15n, open: 20n, quarantined: 0n });
    });

    it('shares what is left with nobody who fell silent, until that is heard again', async () => {
      const scope = scopeWith('p', [usdBudget('p', 1_000n)]);
      await harness.setScope(scope);
      await begin(OTHER);
      const least = amounts({ nanoUsd: 1n });
      const capOf = async (askId: string, journalId = JOURNAL) =>
        grantOf(await ask(askId, [scope], { nanoUsd: 10_000n }, { least, journalId })).leases[0]?.cap;
      await ask('of the other', [scope], { nanoUsd: 200n }, { journalId: OTHER });
      harness.clock.advance(TERMS.ttlMs + TERMS.marginMs);
      expect(await harness.ledger.quarantineSilent()).toBe(1);
      // 800 ÷ (2 × (0 + 1)): what the other holds stays charged, and it counts no more.
      expect(await capOf('a')).toBe(400n);
      await report([{ number: 1n, sequence: 1n, cap: 200n }], OTHER);
      // 400 ÷ (2 × (2 + 1)).
      expect(await capOf('b')).toBe(66n);
    });

    it('quarantines what fell silent, hears it again, and never gives it back for time alone', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 40n });
      await ask('b', [scope], { nanoUsd: 20n });
      await report([{ number: 1n, sequence: 1n, cap: 40n, sum: 15n, count: 1n }]);
      harness.clock.advance(TERMS.ttlMs + TERMS.marginMs - 1);
      await report([{ number: 2n, sequence: 1n, cap: 20n }]);
      harness.clock.advance(1);
      expect(await harness.ledger.quarantineSilent()).toBe(1);
      expect(await row('p')).toMatchObject({ closed: 15n, open: 45n, quarantined: 25n });
      expect(await harness.events()).toMatchObject([
        { type: 'LeaseQuarantined', leaseId: `${JOURNAL}.1`, journalId: JOURNAL, cap: 40n },
      ]);
      harness.clock.advance(90 * MINUTE);
      await harness.ledger.quarantineSilent();
      expect(await row('p')).toMatchObject({ closed: 15n, open: 45n, quarantined: 45n });
      expect(await report([{ number: 1n, sequence: 2n, cap: 30n, sum: 20n, count: 2n }])).toMatchObject({
        gone: [],
      });
      expect(await row('p')).toMatchObject({ closed: 20n, open: 30n, quarantined: 20n });
      await close([final(await lease(2n), { sum: 19n, count: 1n })]);
      expect(await row('p')).toMatchObject({ closed: 39n, open: 10n, quarantined: 0n });
    });

    it('fences the incarnations before: they neither ask nor report, but their finals count', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 40n });
      const begun = await begin(JOURNAL, 2n);
      expect(begun).toMatchObject({ lastLease: 1n, leases: [{ number: 1n, cap: 40n, status: 'open' }] });
      await expect(ask('b', [scope], { nanoUsd: 1n })).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
      await expect(report([{}])).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
      await expect(begin(JOURNAL)).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
      await expect(report([{}], OTHER)).rejects.toMatchObject({ reason: 'JOURNAL_NOT_OPEN' });
      await close([final(await lease(1n), { sum: 7n, count: 1n })]);
      expect(await row('p')).toMatchObject({ closed: 7n, open: 0n });
      expect((await begin(JOURNAL, 2n)).leases).toEqual([]);
    });

    it('tells a repetition from a restore by number: what it never gave, it charges, and grants nothing more', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 10n });
      const known = await lease(1n);
      const lost = final(known, { number: 3n, sum: 25n, count: 2n, cap: 30n });
      await close([lost], { last: 4n });
      expect(await row('p')).toMatchObject({ closed: 25n, open: 10n });
      await close([lost], { last: 4n });
      expect(await row('p')).toMatchObject({ closed: 25n, open: 10n });
      expect(await ask('b', [scope], { nanoUsd: 1n })).toEqual({
        kind: 'refused',
        reason: 'LEDGER_RESTORED',
      });
      // What the journal has heard of is given to nobody else.
      expect((await begin(JOURNAL, 2n)).lastLease).toBe(4n);
      // Of a limit and period that were lost as well.
      await close([final(known, { number: 4n, limitId: limitId(deriveId('lim', 'lost')), sum: 9n })]);
      expect(await row('lost')).toMatchObject({ closed: 9n, open: 0n });
    });

    it('notices a restore by the highest number alone, before anything else is asked', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await close([], { last: 1n });
      expect(await ask('b', [scope], { nanoUsd: 1n })).toEqual({
        kind: 'refused',
        reason: 'LEDGER_RESTORED',
      });
    });

    it.each([
      ['whose newest leases it does not know', JOURNAL, 1n],
      ['that it does not know at all', OTHER, 3n],
    ])('notices a restore by a journal %s, when that begins', async (_what, journal, heardOf) => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      expect(await begin(journal, 2n, heardOf)).toEqual({ lastLease: heardOf, leases: [], restored: true });
      await begin(JOURNAL, 2n);
      expect(await ask('b', [scope], { nanoUsd: 1n }, { incarnation: 2n })).toEqual({
        kind: 'refused',
        reason: 'LEDGER_RESTORED',
      });
    });

    it('notices a restore by a lease that it holds open and its journal has closed, and by none that it closed itself', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      for (const name of ['a', 'b', 'c']) await ask(name, [scope], { nanoUsd: 10n });
      await close([final(await lease(1n), { sum: 3n })], { below: 2n });
      expect((await begin(JOURNAL, 2n, 3n, [{ first: 1n, last: 1n }])).leases).toHaveLength(2);
      expect((await ask('d', [scope], { nanoUsd: 1n }, { incarnation: 2n })).kind).toBe('slices');
      expect(await begin(JOURNAL, 3n, 4n, [{ first: 1n, last: 2n }])).toEqual({
        lastLease: 4n,
        leases: [],
        restored: true,
      });
      expect(await ask('e', [scope], { nanoUsd: 1n }, { incarnation: 3n })).toEqual({
        kind: 'refused',
        reason: 'LEDGER_RESTORED',
      });
    });

    it('acknowledges finals that are older than what it remembers', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 10n });
      const first = final(await lease(1n), { sum: 3n });
      await close([first]);
      await close([], { below: 2n });
      harness.clock.advance(8 * 24 * 60 * MINUTE);
      swept = await harness.heldLeases();
      expect(await harness.ledger.sweep()).toBeGreaterThan(0);
      expect(await harness.heldLeases()).toEqual([]);
      await close([first]);
      expect(await row('p')).toMatchObject({ closed: 3n, open: 0n });
      expect(grantOf(await ask('c', [scope], { nanoUsd: 1n })).leases[0]?.number).toBe(2n);
    });

    it('charges the period that granted, and ends what a lease may admit with it', async () => {
      const scope = scopeWith('p', [rateLimit('tpm', 'tokens', 100n)]);
      await harness.setScope(scope);
      harness.clock.advance(50_000);
      const granted = grantOf(await ask('a', [scope], { tokens: 60n }));
      expect(granted.leases[0]).toMatchObject({ validForMs: 10_000, endsInMs: 10_000 });
      const first = await lease(1n);
      harness.clock.advance(15_000);
      expect(grantOf(await ask('b', [scope], { tokens: 90n })).leases[0]?.limit.held).toBe(90n);
      await close([final(first, { sum: 50n })]);
      expect(await harness.rows()).toMatchObject([
        { start: START, closed: 50n, open: 0n },
        { closed: 0n, open: 90n },
      ]);
    });

    it('takes what a clock that was ahead has granted from the period of now', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('now', [scope], { nanoUsd: 30n });
      harness.clock.advance(40 * DAY);
      expect(await ask('ahead', [scope], { nanoUsd: 50n })).toMatchObject({ kind: 'slices' });
      harness.clock.advance(-40 * DAY);
      expect(await ask('too much', [scope], { nanoUsd: 21n })).toMatchObject({
        kind: 'denial',
        limit: { spent: 0n, held: 80n, periodStart: new Date('2026-11-01T00:00:00Z') },
      });
      expect(await ask('what is left', [scope], { nanoUsd: 20n })).toMatchObject({
        leases: [{ cap: 20n, limit: { periodStart: new Date('2026-11-01T00:00:00Z') } }],
      });
      // Its own period finds there what it has granted.
      harness.clock.advance(40 * DAY);
      expect(await ask('then', [scope], { nanoUsd: 51n })).toMatchObject({
        kind: 'denial',
        limit: { held: 50n },
      });
      expect((await harness.rows()).map(({ closed, open }) => closed + open)).toEqual([50n, 50n]);
    });

    it('answers what stands in the way of looking at all', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope({ ...scope, expiresAt: new Date(START.getTime() + MINUTE) });
      const stranger = { organizationId: organizationId(deriveId('org', 'stranger')) };
      expect(await ask('a', [{ ...scope, revision: 5n }], { nanoUsd: 1n })).toEqual({ kind: 'notSeen' });
      expect(await ask('b', [scope], { nanoUsd: 1n }, stranger)).toEqual({
        kind: 'refused',
        reason: 'SCOPE_OF_ANOTHER_ORGANIZATION',
      });
      expect(grantOf(await ask('c', [scope], { nanoUsd: 1n })).validForMs).toBe(TERMS.ttlMs);
      harness.clock.advance(45_000);
      const late = grantOf(await ask('d', [scope], { nanoUsd: 1n }));
      expect([late.validForMs, late.leases[0]?.endsInMs]).toEqual([15_000, 15_000]);
      harness.clock.advance(15_000);
      expect(await ask('e', [scope], { nanoUsd: 1n })).toEqual({ kind: 'expired', scope: scope.scope });
      // None of these is an outcome: asked again, it is looked at again.
      expect((await ask('a', [{ ...scope, revision: 0n }], { nanoUsd: 1n })).kind).toBe('expired');
    });

    describe('lines', () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      const wait = (askId: string, nanoUsd: bigint, more: Partial<AskSlices> = {}) =>
        ask(askId, [scope], { nanoUsd }, { waitMs: 2_000, ...more });
      const usd = async (askId: string, nanoUsd: bigint) => (await ask(askId, [scope], { nanoUsd })).kind;
      const withdraw = (askIds: readonly string[], incarnation = 1n) =>
        harness.ledger.carryOut({ type: 'WithdrawAsks', journalId: JOURNAL, incarnation, askIds });
      /** Of one who can wait, and leaves where it has to. */
      const beside = async (askId: string, nanoUsd: bigint, of = scope) => {
        const { kind } = await ask(askId, [of], { nanoUsd }, { waitMs: 2_000 });
        if (kind === 'waiting') await withdraw([askId]);
        return kind;
      };

      beforeEach(() => harness.setScope(scope));

      it('lets who waits for much have it in the end, and who needs little beside it have that at once', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        expect(await wait('head', 70n)).toMatchObject({
          kind: 'waiting',
          ahead: 0,
          denial: { mayFitLater: true },
        });
        expect(await wait('head', 70n)).toMatchObject({ kind: 'waiting', ahead: 0 });
        // What was held before drains: then 30 are not needed by the head.
        expect(await beside('small', 20n)).toBe('slices');
        expect(await beside('too much', 11n)).toBe('waiting');
        expect(await beside('just so', 10n)).toBe('slices');
        expect(await harness.serveLines()).toEqual({});
        await close([final(await lease(1n), { sum: 0n })]);
        const answers = await harness.serveLines();
        expect(answers).toMatchObject({ head: { kind: 'slices', leases: [{ cap: 70n }] } });
        expect(await wait('head', 70n)).toEqual(answers['head']);
        expect(await harness.serveLines()).toEqual({});
      });

      it('reckons the time of what it grants from when the ask was heard, however long it has waited', async () => {
        const limited = scopeWith('rated', [rateLimit('tpm', 'tokens', 100n)]);
        await harness.setScope(limited);
        harness.clock.advance(20_000);
        await ask('before', [limited], { tokens: 60n });
        expect(await ask('late', [limited], { tokens: 80n }, { waitMs: 30_000 })).toMatchObject({
          kind: 'waiting',
        });
        harness.clock.advance(25_000);
        await close([final(await lease(1n), { sum: 0n })]);
        const answer = {
          kind: 'slices',
          validForMs: 55_000,
          leases: [{ validForMs: 40_000, endsInMs: 40_000 }],
        };
        expect(await harness.serveLines()).toMatchObject({ late: answer });
        expect(await ask('late', [limited], { tokens: 80n })).toMatchObject(answer);
        // Who is asked for once more without a wait has waited as long.
        await ask('last', [limited], { tokens: 80n }, { waitMs: 5_000 });
        harness.clock.advance(5_000);
        await close([final(await lease(2n), { sum: 0n })]);
        expect(await ask('last', [limited], { tokens: 80n })).toMatchObject({
          leases: [{ validForMs: 15_000, endsInMs: 15_000 }],
        });
      });

      it('takes what was granted beside and is settled for no obstacle any more', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('head', 70n);
        expect(await beside('a', 30n)).toBe('slices');
        expect(await beside('b', 1n)).toBe('waiting');
        await close([final(await lease(2n), { sum: 5n, count: 1n })]);
        // 100 − 5 − 70.
        expect(await beside('c', 26n)).toBe('waiting');
        expect(await beside('d', 25n)).toBe('slices');
      });

      it('holds up nobody who can wait no longer, and refuses the head only what is not there', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('head', 70n);
        expect(await usd('beside', 15n)).toBe('slices');
        await wait('brief', 20n, { waitMs: 300 });
        expect(await harness.serveLines()).toEqual({});
        harness.clock.advance(300);
        expect(await harness.serveLines()).toMatchObject({
          brief: { kind: 'slices', leases: [{ cap: 20n }] },
        });
        expect([await usd('more than there is', 6n), await usd('all', 5n)]).toEqual(['denial', 'slices']);
        await close([final(await lease(1n), { sum: 0n })]);
        expect(await harness.serveLines()).toEqual({});
        harness.clock.advance(1_700);
        expect(await harness.serveLines()).toMatchObject({ head: { kind: 'denial', limit: { held: 40n } } });
      });

      it('serves in order, however many wait, and nobody before whoever came first', async () => {
        await ask('before', [scope], { nanoUsd: 90n });
        for (const askId of ['1', '2', '3']) expect((await wait(askId, 40n)).kind).toBe('waiting');
        expect(await wait('4', 40n)).toMatchObject({ ahead: 3 });
        await report([{ number: 1n, cap: 55n }]);
        expect(Object.keys(await harness.serveLines())).toEqual(['1']);
        // There is room for one more, and who comes now is behind the others.
        await report([{ number: 1n, sequence: 2n, cap: 20n }]);
        expect(await beside('late', 40n)).toBe('waiting');
        expect(Object.keys(await harness.serveLines())).toEqual(['2']);
        await close([final(await lease(1n), { sum: 0n }), final(await lease(2n), { sum: 0n })]);
        expect(Object.keys(await harness.serveLines())).toEqual(['3']);
      });

      it('serves two who need both of two limits in the order in which they came, to whichever line', async () => {
        const other = scopeWith('w', [usdBudget('w', 120n)], { kind: 'workspace' });
        await harness.setScope(other);
        const waitForBoth = (askId: string, nanoUsd: bigint) =>
          ask(askId, [scope, other], { nanoUsd }, { waitMs: 2_000 });
        await ask('of w', [other], { nanoUsd: 27n });
        // Of w alone, for there is room in p; then the second is the first in p.
        expect(await waitForBoth('first', 94n)).toMatchObject({ kind: 'waiting', ahead: 0 });
        await ask('of p', [scope], { nanoUsd: 48n });
        expect(await waitForBoth('second', 53n)).toMatchObject({ kind: 'waiting' });
        await close([final(await lease(1n), { sum: 0n }), final(await lease(2n), { sum: 0n })]);
        expect(Object.keys(await harness.serveLines())).toEqual(['first']);
        await close([final(await lease(3n), { sum: 0n }), final(await lease(4n), { sum: 0n })]);
        expect(Object.keys(await harness.serveLines())).toEqual(['second']);
      });

      it('passes by who is held up for the sake of the head, to those behind who are not', async () => {
        await ask('before', [scope], { nanoUsd: 85n });
        for (const [askId, least] of Object.entries({ head: 70n, second: 35n, third: 20n }))
          expect((await wait(askId, least)).kind).toBe('waiting');
        await report([{ number: 1n, cap: 60n }]);
        expect(Object.keys(await harness.serveLines())).toEqual(['third']);
      });

      it('refuses at once what cannot fit, also when that turns out later', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        expect(await wait('never', 101n)).toMatchObject({
          kind: 'denial',
          mayFitLater: false,
          validForMs: 250,
        });
        await wait('head', 70n);
        await wait('next', 60n);
        await report([{ number: 1n, cap: 60n, count: 1n, sum: 35n }]);
        const answers = await harness.serveLines();
        expect(answers).toMatchObject({ head: { kind: 'denial', mayFitLater: false } });
        expect(Object.keys(answers)).toEqual(['head']);
        await close([final(await lease(1n), { sum: 40n, count: 1n })]);
        expect(await harness.serveLines()).toMatchObject({ next: { kind: 'slices' } });
      });

      it('says of what cannot fit in a period that nobody else has it there either, and of no later one', async () => {
        const rate = scopeWith('minute', [rateLimit('minute', 'requests', 1n)]);
        await harness.setScope(rate);
        const requests = (askId: string) => ask(askId, [rate], { requests: 2n });
        const resetsAt = new Date(Math.ceil(harness.clock.now().getTime() / 60_000 + 1 / 60_000) * 60_000);
        harness.clock.advance(resetsAt.getTime() - harness.clock.now().getTime() - 100);
        const first = await requests('first');
        expect(first).toMatchObject({ kind: 'denial', validForMs: 100, limit: { resetsAt } });
        harness.clock.advance(99);
        expect(await requests('second')).toMatchObject({ kind: 'denial', validForMs: 1 });
        // What is asked once more hears the same: it counts from the first sending.
        expect(await requests('first')).toEqual(first);
      });

      it('refuses what has no price, and so wants no money, where a budget in USD applies, and nowhere else', async () => {
        const tokens = scopeWith('w', [rateLimit('tpm', 'tokens', 100n)], { kind: 'workspace' });
        await harness.setScope(tokens);
        const unpriced = (askId: string, scopes: (typeof scope)[]) =>
          ask(askId, scopes, { tokens: 5n, requests: 1n }, { unpriced: true });
        expect(await unpriced('both', [tokens, scope])).toMatchObject({
          ...{ kind: 'denial', reason: 'unpriced', validForMs: 0 },
        });
        expect(await unpriced('tokens', [tokens])).toMatchObject({ kind: 'slices' });
      });

      it('refuses when the wait is over, and asks for no more than one answer', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('a', 70n);
        harness.clock.advance(1_999);
        expect(await harness.serveLines()).toEqual({});
        harness.clock.advance(1);
        // It holds up nobody any more.
        expect(await usd('b', 40n)).toBe('slices');
        const answers = await harness.serveLines();
        expect(answers).toMatchObject({ a: { kind: 'denial', mayFitLater: true, validForMs: 0 } });
        await close([final(await lease(1n), { sum: 0n })]);
        expect(await wait('a', 70n)).toEqual(answers['a']);
      });

      it('holds up nobody for the sake of who is gone: long ago, or by a clock that was ahead', async () => {
        const scope = scopeWith('p', [usdBudget('p', 100n)]);
        await harness.setScope(scope);
        await ask('first', [scope], { nanoUsd: 60n });
        const waits = { journalId: OTHER, waitMs: 2_000 };
        await begin(OTHER);
        harness.clock.advance(MINUTE * 60);
        await ask('gone', [scope], { nanoUsd: 70n }, waits);
        harness.clock.advance(-MINUTE * 60);
        expect(await harness.serveLines()).toMatchObject({ gone: { kind: 'denial' } });
        await ask('late', [scope], { nanoUsd: 70n }, waits);
        await close([final(await lease(1n), { count: 1n, sum: 1n })], { last: 1n });
        harness.clock.advance(MINUTE);
        expect(await harness.serveLines()).toMatchObject({ late: { kind: 'denial' } });
        expect(await row('p')).toMatchObject({ closed: 1n, open: 0n });
      });

      it('forgets who is withdrawn, also of two limits, and grants nothing to its repetition', async () => {
        const workspace = scopeWith('w', [usdBudget('w', 80n)], { kind: 'workspace' });
        await harness.setScope(workspace);
        const scopes = [scope, workspace];
        await ask('before', scopes, { nanoUsd: 60n });
        expect((await ask('a', scopes, { nanoUsd: 70n }, { waitMs: 2_000 })).kind).toBe('waiting');
        expect((await ask('b', scopes, { nanoUsd: 40n })).kind).toBe('denial');
        await expect(withdraw(['a'], 0n)).rejects.toMatchObject({ reason: 'JOURNAL_FENCED' });
        await withdraw(['a', 'unknown']);
        await close([final(await lease(1n), { sum: 0n }), final(await lease(2n), { sum: 0n })]);
        expect(await harness.serveLines()).toEqual({});
        expect((await ask('a', scopes, { nanoUsd: 70n })).kind).toBe('denial');
        expect((await ask('c', scopes, { nanoUsd: 80n })).kind).toBe('slices');
      });

      it('answers at once who stood in line and does not wait any longer', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('a', 70n);
        expect((await wait('a', 70n, { waitMs: 0 })).kind).toBe('denial');
        expect(await usd('b', 40n)).toBe('slices');
      });

      it('has none of an incarnation before in its lines', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('a', 70n);
        await begin(JOURNAL, 2n);
        await close([final(await lease(1n), { sum: 0n })]);
        expect(await harness.serveLines()).toEqual({});
        expect((await wait('b', 100n, { incarnation: 2n })).kind).toBe('slices');
      });

      it('stands in the line of each limit that denies, and is protected there', async () => {
        const workspace = scopeWith('w', [usdBudget('w', 100n)], { kind: 'workspace' });
        await harness.setScope(workspace);
        await ask('of p', [scope], { nanoUsd: 60n });
        await ask('a', [scope, workspace], { nanoUsd: 70n }, { waitMs: 2_000 });
        await ask('of w', [workspace], { nanoUsd: 50n });
        await close([final(await lease(1n), { sum: 0n })]);
        expect(await harness.serveLines()).toEqual({});
        // Now it waits for the workspace, where it was no obstacle before.
        expect(await beside('more of w', 40n, workspace)).toBe('waiting');
        await close([final(await lease(2n), { sum: 0n })]);
        expect(await harness.serveLines()).toMatchObject({ a: { kind: 'slices' } });
      });

      it('serves when a limit is raised, and when a period begins', async () => {
        const rate = scopeWith('r', [rateLimit('r', 'requests', 10n)]);
        await harness.setScope(rate);
        await ask('before', [scope], { nanoUsd: 60n });
        await ask('of r', [rate], { requests: 10n });
        harness.clock.advance(59_000);
        await wait('raised', 70n);
        await ask('new', [rate], { requests: 5n }, { waitMs: 2_000 });
        await harness.setScope({
          ...scope,
          revision: 1n,
          limits: scopeWith('p', [usdBudget('p', 130n)]).limits,
        });
        expect(Object.keys(await harness.serveLines())).toEqual(['raised']);
        harness.clock.advance(1_000);
        expect(await harness.serveLines()).toMatchObject({ new: { kind: 'slices', leases: [{ cap: 5n }] } });
      });

      it('grants a share of what leaves room for who waits, and no more than is needed once that might have it', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('head', 70n);
        const least = amounts({ nanoUsd: 5n });
        const askFor = async (askId: string, more: Partial<AskSlices>) =>
          grantOf(await ask(askId, [scope], { nanoUsd: 20n }, more)).leases;
        // Of 100 − 70, and then of 100 − 70 − 7.
        expect(await askFor('a', { least })).toMatchObject([{ cap: 7n, turn: 3n }]);
        expect(await askFor('b', { least: amounts({}) })).toMatchObject([{ cap: 5n, turn: 4n }]);
        await report([{ number: 1n, cap: 31n }]);
        expect(await askFor('c', { least: amounts({}) })).toMatchObject([{ cap: 4n }]);
        // Now it might fit, if those 16 settled at nothing.
        await report([{ number: 1n, sequence: 2n, cap: 30n }]);
        expect(await harness.serveLines()).toEqual({});
        expect(await askFor('d', { least })).toMatchObject([{ cap: 5n, turn: 0n }]);
        expect(await askFor('e', { least: amounts({}) })).toEqual([]);
      });

      it('calls back what was granted before the last who waits came, and all that might be in the way of one', async () => {
        await ask('before', [scope], { nanoUsd: 60n });
        await wait('head', 70n);
        expect(await harness.wanted()).toEqual(new Map([[scope.limits[0]?.limit.id, 2n]]));
        const least = amounts({ nanoUsd: 5n });
        await ask('beside', [scope], { nanoUsd: 20n }, { least });
        expect(await harness.wanted()).toEqual(new Map([[scope.limits[0]?.limit.id, 2n]]));
        await report([{ number: 1n, cap: 30n }]);
        expect(await harness.wanted()).toEqual(new Map([[scope.limits[0]?.limit.id, 3n]]));
        await withdraw(['head']);
        expect(await harness.wanted()).toEqual(new Map());
      });

      it('waits for idle requests of others, and no longer than they can come back', async () => {
        const rate = scopeWith('r', [rateLimit('r', 'requests', 10n)]);
        await harness.setScope(rate);
        await ask('idle', [rate], { requests: 10n });
        expect((await ask('a', [rate], { requests: 6n }, { waitMs: 2_000 })).kind).toBe('waiting');
        expect((await ask('b', [rate], { requests: 4n }, { waitMs: 2_000 })).kind).toBe('waiting');
        await report([{ number: 1n, cap: 4n, count: 4n, sum: 4n }]);
        expect(await harness.serveLines()).toMatchObject({ a: { kind: 'slices' } });
        await report([{ number: 1n, sequence: 2n, cap: 5n, count: 4n, sum: 5n }]);
        expect((await ask('c', [rate], { requests: 6n }, { waitMs: 2_000 })).kind).toBe('denial');
      });
    });

    it('keeps the bound among leases of both versions', async () => {
      const scope = scopeWith('p', [usdBudget('p', 100n)]);
      await harness.setScope(scope);
      await ask('a', [scope], { nanoUsd: 70n });
      const old = await harness.ledger.carryOut({
        ...sliceAsk('old', [scope], { nanoUsd: 40n }),
        type: 'AskLease',
      });
      expect(old).toMatchObject({ kind: 'denial', reason: 'budgetExceeded' });
    });
  });
};

const grantOf = (answer: SliceAnswer): SliceGrant => {
  if (answer.kind !== 'slices') throw new Error(`not granted: ${JSON.stringify(answer, bigints)}`);
  return answer;
};

const bigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
