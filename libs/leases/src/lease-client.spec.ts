import { type Amounts, NOTHING } from './amounts';
import type { Denial, Grant, LeaseName, LedgerNotice, SliceAsk } from './exchange';
import { Hold, type HoldRequest } from './hold';
import { type HoldOutcome, LeaseClient } from './lease-client';
import type { LimitState, ScopeKind } from './limit-state';

const amounts = (some: Partial<Amounts>): Amounts => ({ ...NOTHING, ...some });

const limit = (id: string, scope: ScopeKind, more: Partial<LimitState> = {}): LimitState => ({
  id,
  scope,
  scopeId: scope,
  unit: 'nanoUsd',
  kind: 'budget',
  limit: 1_000_000n,
  spent: 0n,
  held: 0n,
  ...more,
});

const PROVISION = limit('p', 'provision');
const WORKSPACE = limit('w', 'workspace');
const RATE = limit('r', 'workspace', { unit: 'requests', kind: 'rate', limit: 10n });

const request = (nanoUsd: bigint, more: Partial<HoldRequest> = {}): HoldRequest => ({
  organizationId: 'org',
  scopes: [
    { kind: 'provision', id: 'provision', revision: 1n },
    { kind: 'workspace', id: 'workspace', revision: 1n },
  ],
  want: amounts({ nanoUsd, requests: 1n }),
  least: amounts({ nanoUsd, requests: 1n }),
  unpriced: false,
  ...more,
});

/** A client with a ledger that a spec plays. */
class Bench {
  readonly opened: LeaseName[] = [];
  readonly outcomes: HoldOutcome[] = [];
  readonly client = new LeaseClient(3n, (leases) => {
    this.opened.push(...leases);
    return this.writable;
  });
  writable = true;
  now = 1_000;
  private numbers = 0n;

  acquire(asked: HoldRequest, waitMs = 0): Hold | Denial | undefined {
    const atOnce = this.client.atOnce(asked, this.now);
    if (!atOnce) this.client.wait(asked, waitMs, this.now, (outcome) => this.outcomes.push(outcome));
    return atOnce;
  }

  asks(): readonly SliceAsk[] {
    return this.client.nextAsks(this.now).asks;
  }

  grant(
    caps: readonly [LimitState, bigint][],
    more: Partial<Grant> & { readonly covered?: readonly LimitState[] } = {},
  ): Grant {
    return {
      kind: 'granted',
      leases: caps.map(([state, cap]) => ({
        number: (this.numbers += 1n),
        limit: state,
        cap,
        validForMs: 30_000,
        strict: state.id === 'w',
        turn: this.numbers,
      })),
      scopes: request(0n).scopes,
      covered: [],
      validForMs: 30_000,
      ...more,
    };
  }

  /** Answers the ask of a request and hands out its hold. */
  open(nanoUsd: bigint, caps: readonly [LimitState, bigint][]): Hold {
    this.acquire(request(nanoUsd));
    const [ask] = this.asks();
    this.client.answered(ask?.id ?? '', this.grant(caps), this.now);
    const outcome = this.outcomes.pop();
    if (outcome?.kind !== 'held') throw new Error(`not held: ${outcome?.kind}`);
    return outcome.hold;
  }

  settle(hold: Hold, nanoUsd: bigint, doubt = 0n): void {
    const sum = amounts({ nanoUsd, requests: 1n });
    this.client.settle(hold, hold.chargesOf({ sum, doubt: amounts({ nanoUsd: doubt }), kept: NOTHING }));
  }
}

describe('LeaseClient', () => {
  it('asks for all limits of what it does not know, in one ask', () => {
    const bench = new Bench();
    expect(bench.acquire(request(100n), 500)).toBeUndefined();
    expect(bench.asks()).toEqual([
      {
        id: '3.1',
        ...request(100n),
        wishes: new Map(),
        waitMs: 500,
      },
    ]);
  });

  it('leaves nothing behind of what cannot be served at once and does not wait', () => {
    const bench = new Bench();
    expect(bench.client.atOnce(request(100n), bench.now)).toBeUndefined();
    expect([bench.client.hasAsks, bench.client.isWaitedFor, bench.client.asked]).toEqual([false, false, 0]);
    bench.client.wait(request(100n), 0, bench.now, () => undefined);
    expect([bench.client.hasAsks, bench.client.isWaitedFor, bench.client.asked]).toEqual([true, true, 1]);
  });

  it('admits from its leases without asking, from each limit or from none', () => {
    const bench = new Bench();
    const first = bench.open(100n, [
      [PROVISION, 300n],
      [WORKSPACE, 1_000n],
      [RATE, 10n],
    ]);
    expect(bench.opened.map(({ limitId, cap }) => [limitId, cap])).toEqual([
      ['p', 300n],
      ['w', 1_000n],
      ['r', 10n],
    ]);
    const second = bench.acquire(request(200n));
    expect(second).toBeInstanceOf(Hold);
    // One more nano-dollar is not there.
    expect(bench.acquire(request(1n))).toBeUndefined();
    const [ask] = bench.asks();
    expect(ask?.wishes.get('p')).toBeGreaterThanOrEqual(1n);
    expect(ask?.wishes.get('w')).toBe(0n);
    bench.settle(first, 40n);
    expect(bench.acquire(request(60n))).toBeInstanceOf(Hold);
    expect(bench.acquire(request(1n))).toBeUndefined();
  });

  it('tells what was settled once nothing more is admitted, absolute and by its unit', () => {
    const bench = new Bench();
    const first = bench.open(100n, [
      [PROVISION, 300n],
      [WORKSPACE, 300n],
      [RATE, 10n],
    ]);
    const second = bench.acquire(request(100n)) as Hold;
    bench.settle(first, 40n, 60n);
    expect(bench.client.hasFacts).toBe(false);
    bench.client.retireAll();
    const facts = bench.client.facts(bench.now);
    // What is under way is kept; the rest of the cap is given up.
    expect(facts).toMatchObject({
      finals: [],
      reports: [
        { number: 1n, sequence: 1n, cap: 140n, count: 1n, sum: 40n, doubt: 0n },
        // Strict: its doubt stays charged.
        { number: 2n, sequence: 1n, cap: 200n, count: 1n, sum: 100n, doubt: 60n },
        // A request counts from its admission on.
        { number: 3n, sequence: 1n, cap: 2n, count: 1n, sum: 2n, doubt: 0n },
      ],
    });
    bench.client.heard(facts, { gone: [], recalled: [], unlimitedStill: [], validForMs: 30_000 }, bench.now);
    bench.settle(second, 100n);
    const last = bench.client.facts(bench.now);
    expect(last.finals).toMatchObject([
      { number: 1n, limitId: 'p', cap: 300n, count: 2n, sum: 140n, doubt: 0n },
      { number: 2n, limitId: 'w', cap: 300n, count: 2n, sum: 200n, doubt: 60n },
      { number: 3n, limitId: 'r', unit: 'requests', count: 2n, sum: 2n },
    ]);
    expect(bench.client.acknowledgedBelow).toBe(1n);
    // Not heard: said again, the same.
    bench.client.unheard(last);
    expect(bench.client.facts(bench.now)).toEqual(last);
    expect(
      bench.client.heard(last, { gone: [], recalled: [], unlimitedStill: [], validForMs: 0 }, bench.now),
    ).toEqual([1n, 2n, 3n]);
    expect(bench.client.acknowledgedBelow).toBe(4n);
    expect(bench.client.facts(bench.now)).toEqual({ finals: [], reports: [], unlimited: [] });
  });

  describe('a scope without limits', () => {
    const UNLIMITED = { kind: 'workspace', id: 'workspace', revision: 1n } as const;
    const told = (unlimitedStill: readonly boolean[]) => ({
      ...{ gone: [], recalled: [], unlimitedStill, validForMs: 30_000 },
    });

    /** Some seconds of nothing but use. */
    const goOn = (bench: Bench, seconds: number): void => {
      for (let second = 0; second < seconds; second++) {
        bench.now += 1_000;
        const hold = bench.acquire(request(1n));
        if (hold instanceof Hold) bench.settle(hold, 1n);
        bench.client.sweep(bench.now);
      }
    };

    it('is known for longer where the ledger says so in time, and is not asked for again', () => {
      const bench = new Bench();
      bench.settle(bench.open(1n, [[PROVISION, 1_000n]]), 1n);
      bench.asks();
      goOn(bench, 19);
      expect(bench.client.facts(bench.now).unlimited).toEqual([]);
      goOn(bench, 1);
      expect(bench.client.hasFacts).toBe(true);
      const facts = bench.client.facts(bench.now);
      expect(facts.unlimited).toEqual([UNLIMITED]);
      const sentAt = bench.now;
      bench.now += 500;
      bench.client.heard(facts, told([true]), sentAt);
      bench.now = sentAt + 19_999;
      bench.client.sweep(bench.now);
      expect(bench.client.facts(bench.now).unlimited).toEqual([]);
      bench.now += 1;
      bench.client.sweep(bench.now);
      expect(bench.client.facts(bench.now).unlimited).toEqual([UNLIMITED]);
    });

    it('is not known for longer without a word of that, nor where others were heard of meanwhile', () => {
      for (const answer of [told([]), told([false])]) {
        const bench = new Bench();
        bench.settle(bench.open(1n, [[PROVISION, 1_000n]]), 1n);
        goOn(bench, 20);
        bench.client.heard(bench.client.facts(bench.now), answer, bench.now);
        bench.now = 31_001;
        expect(bench.acquire(request(1n))).toBeUndefined();
      }
      const bench = new Bench();
      bench.settle(bench.open(1n, [[PROVISION, 1_000n]]), 1n);
      goOn(bench, 20);
      const facts = bench.client.facts(bench.now);
      bench.client.noticed({ kind: 'changed', scopes: [{ ...UNLIMITED, revision: 2n }] }, bench.now);
      bench.client.heard(facts, told([true]), bench.now);
      expect(bench.acquire(request(1n))).toBeUndefined();
    });

    it('is let go where nobody uses it', () => {
      const bench = new Bench();
      bench.settle(bench.open(1n, [[PROVISION, 1_000n]]), 1n);
      for (const renewed of [21_000, 41_000, 61_000]) {
        bench.now = renewed;
        bench.client.sweep(bench.now);
        const facts = bench.client.facts(bench.now);
        expect(facts.unlimited).toEqual(renewed <= 61_000 ? [UNLIMITED] : []);
        bench.client.heard(facts, told([true]), bench.now);
      }
      bench.now = 81_000;
      bench.client.sweep(bench.now);
      expect(bench.client.facts(bench.now).unlimited).toEqual([]);
    });
  });

  it('admits nothing past the time of its lease, counted from the first sending', () => {
    const bench = new Bench();
    bench.acquire(request(100n));
    const [ask] = bench.asks();
    bench.now += 20_000;
    bench.client.unanswered([ask as SliceAsk]);
    expect(bench.asks()[0]?.id).toBe(ask?.id);
    bench.client.answered(ask?.id ?? '', bench.grant([[PROVISION, 500n]]), bench.now);
    const [outcome] = bench.outcomes;
    expect(outcome?.kind === 'held' && outcome.hold.admitUntil).toBe(31_000);
    bench.now = 30_999;
    expect(bench.acquire(request(1n))).toBeInstanceOf(Hold);
    bench.now = 31_000;
    expect(bench.acquire(request(1n))).toBeUndefined();
  });

  it('is renewed by its reports, never past its own end', () => {
    const bench = new Bench();
    bench.acquire(request(1n));
    const [ask] = bench.asks();
    const grant = bench.grant([[PROVISION, 500n]]);
    bench.client.answered(
      ask?.id ?? '',
      { ...grant, validForMs: 1e9, leases: grant.leases.map((lease) => ({ ...lease, endsInMs: 40_000 })) },
      bench.now,
    );
    bench.now += 25_000;
    expect(bench.client.needsSign(bench.now)).toBe(true);
    bench.acquire(request(1n));
    const facts = bench.client.facts(bench.now);
    bench.client.heard(facts, { gone: [], recalled: [], unlimitedStill: [], validForMs: 30_000 }, bench.now);
    // Its clock may be slower than the ledger's, by a thousandth.
    bench.now += 14_959;
    expect(bench.acquire(request(1n))).toBeInstanceOf(Hold);
    bench.now += 1;
    expect(bench.acquire(request(1n))).toBeUndefined();
  });

  it('gives back what somebody waits for, and slack with every settlement', () => {
    const bench = new Bench();
    const hold = bench.open(100n, [
      [PROVISION, 500n],
      [WORKSPACE, 500n],
    ]);
    bench.client.noticed({ kind: 'recall', limits: new Map([['p', 1n]]) }, bench.now);
    expect(bench.client.facts(bench.now).reports).toMatchObject([{ number: 1n, cap: 100n, sum: 0n }]);
    expect(bench.acquire(request(1n))).toBeUndefined();
    // How much leaves room for who waits is the ledger's to say.
    expect(bench.asks()[0]?.wishes.get('p')).toBeGreaterThan(1n);
    bench.settle(hold, 30n);
    expect(bench.client.facts(bench.now).finals).toMatchObject([{ number: 1n, sum: 30n }]);
  });

  it('keeps what was granted after those who wait came, until that is called back too', () => {
    const bench = new Bench();
    bench.open(100n, [[PROVISION, 100n]]);
    bench.open(100n, [[PROVISION, 500n]]);
    bench.client.noticed({ kind: 'recall', limits: new Map([['p', 1n]]) }, bench.now);
    expect(bench.acquire(request(100n))).toBeInstanceOf(Hold);
    bench.client.noticed({ kind: 'recall', limits: new Map([['p', 2n]]) }, bench.now);
    expect(bench.acquire(request(100n))).toBeUndefined();
    expect(bench.client.facts(bench.now).reports.map(({ cap }) => cap)).toEqual([100n, 200n]);
  });

  it('does not ask ahead of a limit of which nothing is to be had so, for a while', () => {
    const bench = new Bench();
    bench.open(100n, [[PROVISION, 500n]]);
    bench.acquire(request(100n));
    const [ahead] = bench.asks();
    expect(ahead).toMatchObject({ least: { nanoUsd: 0n }, waitMs: 0 });
    bench.client.answered(ahead?.id ?? '', bench.grant([], { covered: [PROVISION] }), bench.now);
    bench.acquire(request(100n));
    expect(bench.asks()).toEqual([]);
    bench.now += 250;
    bench.acquire(request(100n));
    expect(bench.asks()).toMatchObject([{ least: { nanoUsd: 0n } }]);
  });

  it('serves with one answer all that waited for it', () => {
    const bench = new Bench();
    for (let index = 0; index < 5; index++) bench.acquire(request(100n));
    const [ask, ...others] = bench.asks();
    expect(others).toHaveLength(0);
    bench.client.answered(ask?.id ?? '', bench.grant([[PROVISION, 350n]]), bench.now);
    expect(bench.outcomes.map(({ kind }) => kind)).toEqual(['held', 'held', 'held']);
    // The others were not served by it: each asks for itself.
    expect(bench.asks().map(({ wishes }) => wishes.get('p'))).toEqual([100n, 100n]);
  });

  it('refuses nobody while others of the line were granted more than they needed', () => {
    const bench = new Bench();
    for (let index = 0; index < 4; index++) bench.acquire(request(100n));
    const [scout] = bench.asks();
    const denial = { kind: 'denied', reason: 'rate', limit: RATE, mayFitLater: false } as const;
    bench.client.answered(scout?.id ?? '', bench.grant([[PROVISION, 100n]]), bench.now);
    const [second, third, fourth] = bench.asks();
    bench.client.answered(second?.id ?? '', bench.grant([[PROVISION, 200n]]), bench.now);
    bench.client.answered(third?.id ?? '', denial, bench.now);
    bench.client.answered(fourth?.id ?? '', denial, bench.now);
    expect(bench.outcomes.map(({ kind }) => kind)).toEqual(['held', 'held', 'held', 'denied']);
  });

  it('does not take what it knew before a denial for what applies', () => {
    const bench = new Bench();
    bench.acquire(request(100n));
    bench.client.answered(bench.asks()[0]?.id ?? '', { ...bench.grant([]), validForMs: 0 }, bench.now);
    expect(bench.outcomes.pop()).toMatchObject({ kind: 'held' });
    bench.now += 1;
    bench.acquire(request(100n));
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: false } as const;
    bench.client.answered(bench.asks()[0]?.id ?? '', denial, bench.now);
    expect(bench.outcomes).toEqual([denial]);
  });

  it('takes no limit for none where nothing was granted of it', () => {
    const bench = new Bench();
    bench.acquire(request(100n));
    const [ask] = bench.asks();
    bench.client.answered(
      ask?.id ?? '',
      bench.grant([[PROVISION, 500n]], { covered: [WORKSPACE] }),
      bench.now,
    );
    // There is no room of the workspace's limit here: the request asks again, and in the end is refused.
    expect(bench.outcomes).toEqual([]);
    for (let tries = 0; tries < 3 && bench.outcomes.length === 0; tries++) {
      const [again] = bench.asks();
      bench.client.answered(again?.id ?? '', bench.grant([], { covered: [PROVISION, WORKSPACE] }), bench.now);
    }
    expect(bench.outcomes).toEqual([{ kind: 'unavailable' }]);
  });

  it('each that stands in line is answered by itself, and each behind it asks for itself', () => {
    const bench = new Bench();
    for (let index = 0; index < 3; index++) bench.acquire(request(100n), 5_000);
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    const [first] = bench.asks();
    bench.client.answered(first?.id ?? '', { kind: 'waiting', denial }, bench.now);
    const behind = bench.asks();
    expect(behind).toHaveLength(2);
    for (const { id } of behind) bench.client.answered(id, { kind: 'waiting', denial }, bench.now);
    bench.client.noticed(
      { kind: 'answered', askId: first?.id ?? '', answer: bench.grant([[PROVISION, 100n]]) },
      bench.now,
    );
    expect(bench.outcomes).toMatchObject([{ kind: 'held', hold: { cap: { nanoUsd: 100n } } }]);
    bench.now += 10_000;
    bench.client.tick(bench.now);
    // What is free when their wait is over is theirs.
    const { asks, withdrawn } = bench.client.nextAsks(bench.now);
    expect(withdrawn).toEqual([]);
    expect(asks).toMatchObject(behind.map(({ id }) => ({ id, waitMs: 0 })));
    bench.client.answered(asks[0]?.id ?? '', denial, bench.now);
    expect(bench.outcomes.slice(1)).toEqual([denial]);
    for (let ticks = 0; ticks < 79; ticks++) bench.client.tick((bench.now += 25));
    expect(bench.outcomes.slice(1)).toEqual([denial]);
    // A ledger that does not say it any more has said enough.
    bench.client.tick((bench.now += 25));
    expect(bench.outcomes.slice(1)).toEqual([denial, denial]);
    // What it grants all the same must not be lost.
    bench.client.answered(asks[1]?.id ?? '', bench.grant([[PROVISION, 100n]]), bench.now);
    expect(bench.acquire(request(100n))).toBeInstanceOf(Hold);
  });

  it('gives back what was settled under a lease that admits nothing more, once somebody waits', () => {
    const bench = new Bench();
    bench.acquire(request(100n));
    const [ask] = bench.asks();
    bench.client.answered(ask?.id ?? '', bench.grant([[PROVISION, 200n]]), bench.now);
    const first = bench.outcomes[0] as { hold: Hold };
    const second = bench.acquire(request(100n)) as Hold;
    bench.client.noticed({ kind: 'recall', limits: new Map([['p', 1n]]) }, bench.now);
    bench.client.noticed({ kind: 'calm', limitIds: ['p'] }, bench.now);
    expect(bench.client.facts(bench.now).reports).toMatchObject([{ cap: 200n }]);
    bench.client.settle(second, [{ lease: 1n, charged: 30n, doubt: 0n }]);
    expect(bench.client.hasFacts).toBe(false);
    bench.client.noticed({ kind: 'recall', limits: new Map([['p', 1n]]) }, bench.now);
    expect(bench.client.facts(bench.now).reports).toMatchObject([{ cap: 130n, sum: 30n }]);
    bench.client.settle(first.hold, [{ lease: 1n, charged: 100n, doubt: 0n }]);
  });

  it('stands in line for a tenth of a second though it waits for nothing: others may give back what they do not use', () => {
    const bench = new Bench();
    bench.acquire(request(100n), 0);
    const [ask] = bench.asks();
    expect(ask).toMatchObject({ waitMs: 100 });
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    bench.client.answered(ask?.id ?? '', { kind: 'waiting', denial }, bench.now);
    for (let ticks = 0; ticks < 3; ticks++) bench.client.tick((bench.now += 25));
    expect(bench.client.hasAsks).toBe(false);
    bench.client.tick((bench.now += 25));
    expect(bench.asks()).toMatchObject([{ id: ask?.id, waitMs: 0 }]);
    bench.client.answered(ask?.id ?? '', bench.grant([[PROVISION, 100n]]), bench.now);
    expect(bench.outcomes).toMatchObject([{ kind: 'held' }]);
  });

  it('asks nothing while it stands in line, and again where it may have missed its answer', () => {
    const bench = new Bench();
    bench.acquire(request(100n), 1_000);
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    const [ask] = bench.asks();
    bench.client.answered(ask?.id ?? '', { kind: 'waiting', denial }, bench.now);
    for (; bench.now < 1_900; bench.now += 25) bench.client.tick(bench.now);
    expect(bench.client.hasAsks).toBe(false);
    bench.client.askStandingAgain();
    expect(bench.asks()).toEqual([ask]);
    bench.client.answered(ask?.id ?? '', bench.grant([[PROVISION, 100n]]), bench.now);
    expect(bench.outcomes).toMatchObject([{ kind: 'held' }]);
  });

  describe('after a denial that is valid for a while', () => {
    const denial: Denial = {
      ...{ kind: 'denied', reason: 'budget', limit: PROVISION },
      ...{ mayFitLater: false, validForMs: 250 },
    };

    /** Somebody was denied 100 by an answer that took five milliseconds. */
    const denied = (): Bench => {
      const bench = new Bench();
      bench.acquire(request(100n));
      const [ask] = bench.asks();
      bench.now += 5;
      bench.client.answered(ask?.id ?? '', denial, bench.now);
      expect(bench.outcomes.pop()).toEqual(denial);
      return bench;
    };

    it('asks nothing for whoever needs as much of that limit, and refuses by the same witness', () => {
      const bench = denied();
      expect(bench.acquire(request(100n))).toEqual(denial);
      expect(bench.acquire(request(5_000n), 30_000)).toEqual(denial);
      expect(bench.client.hasAsks).toBe(false);
      expect(bench.outcomes).toEqual([]);
    });

    it.each<[string, Partial<HoldRequest>]>([
      ['needs less', { want: amounts({ nanoUsd: 99n }), least: amounts({ nanoUsd: 99n }) }],
      ['can do with less', { least: amounts({ nanoUsd: 99n }) }],
      ['is under other limits', { scopes: [{ kind: 'provision', id: 'another', revision: 1n }] }],
      ['knows of a change of them', { scopes: [{ kind: 'provision', id: 'provision', revision: 2n }] }],
    ])('asks for whoever %s', (_, more) => {
      const bench = denied();
      expect(bench.acquire(request(100n, more))).toBeUndefined();
      expect(bench.asks()).toHaveLength(1);
    });

    it('asks once its time is over, which counts from the first sending', () => {
      const bench = denied();
      bench.now += 244;
      expect(bench.acquire(request(100n))).toEqual(denial);
      bench.now += 1;
      expect(bench.acquire(request(100n))).toBeUndefined();
      bench.client.sweep(bench.now);
      const [ask] = bench.asks();
      bench.now += 250;
      bench.client.answered(ask?.id ?? '', denial, bench.now);
      expect(bench.acquire(request(100n))).toBeUndefined();
    });

    it.each<[string, LedgerNotice]>([
      ['there is room again', { kind: 'room', limitIds: ['p'] }],
      [
        'limits have changed',
        { kind: 'changed', scopes: [{ kind: 'provision', id: 'provision', revision: 2n }] },
      ],
    ])('asks when it hears that %s, also where the denial comes after that', (_, notice) => {
      const bench = denied();
      bench.client.noticed(notice, bench.now);
      expect(bench.acquire(request(100n))).toBeUndefined();
      const [ask] = bench.asks();
      bench.now += 1;
      bench.client.noticed(notice, bench.now);
      bench.client.answered(ask?.id ?? '', denial, bench.now);
      expect(bench.acquire(request(100n))).toBeUndefined();
      bench.now += 1;
      bench.client.answered(bench.asks()[0]?.id ?? '', denial, bench.now);
      expect(bench.acquire(request(100n))).toEqual(denial);
    });

    it('knows the least that was denied, whichever answer comes last', () => {
      const bench = new Bench();
      const other = { scopes: [...request(0n).scopes].reverse() };
      bench.acquire(request(100n));
      bench.acquire(request(50n, other));
      const [more, less] = bench.asks();
      bench.client.answered(less?.id ?? '', denial, bench.now);
      bench.client.answered(more?.id ?? '', denial, bench.now);
      expect(bench.acquire(request(50n))).toEqual(denial);
      expect(bench.acquire(request(49n))).toBeUndefined();
    });

    it('asks for none of those who stand behind whom it was told to', () => {
      const bench = new Bench();
      for (const nanoUsd of [100n, 200n, 99n]) bench.acquire(request(nanoUsd));
      bench.client.answered(bench.asks()[0]?.id ?? '', denial, bench.now);
      expect(bench.outcomes).toEqual([denial, denial]);
      expect(bench.asks()).toMatchObject([{ want: { nanoUsd: 99n } }]);
    });
  });

  it('is refused at once by a denial, and lets go of what others need', () => {
    const bench = new Bench();
    const idle = bench.open(100n, [[PROVISION, 150n]]);
    bench.acquire(request(100n), 1_000);
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    bench.client.answered(bench.asks()[0]?.id ?? '', denial, bench.now);
    expect(bench.outcomes).toEqual([denial]);
    expect(bench.client.facts(bench.now).reports).toMatchObject([{ number: 1n, cap: 100n }]);
    bench.client.giveBack(idle);
  });

  it('lets go of what is idle of the limit that it waits for', () => {
    const bench = new Bench();
    bench.client.giveBack(bench.open(100n, [[PROVISION, 150n]]));
    bench.acquire(request(200n), 1_000);
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    bench.client.answered(bench.asks()[0]?.id ?? '', { kind: 'waiting', denial }, bench.now);
    expect(bench.client.facts(bench.now).finals).toMatchObject([{ number: 1n, sum: 0n }]);
  });

  it('hears an answer that outran the one that it stands in line', () => {
    const bench = new Bench();
    bench.acquire(request(100n), 5_000);
    const askId = bench.asks()[0]?.id ?? '';
    bench.client.noticed({ kind: 'answered', askId, answer: bench.grant([[PROVISION, 100n]]) }, bench.now);
    const denial = { kind: 'denied', reason: 'budget', mayFitLater: true } as const;
    bench.client.answered(askId, { kind: 'waiting', denial }, bench.now);
    expect(bench.outcomes).toMatchObject([{ kind: 'held' }]);
  });

  it('waits for nobody who does not answer, and keeps what comes late for others', () => {
    const bench = new Bench();
    bench.acquire(request(100n));
    const [ask] = bench.asks();
    bench.client.unanswered([ask as SliceAsk]);
    // A process that stood still has not waited.
    bench.now += 10_000;
    bench.client.tick(bench.now);
    expect(bench.outcomes).toEqual([]);
    for (let waited = 0; waited < 500; waited += 25) {
      bench.now += 25;
      bench.client.tick(bench.now);
    }
    expect(bench.outcomes).toEqual([{ kind: 'unavailable' }]);
    expect(bench.asks()).toMatchObject([{ id: ask?.id }]);
    bench.client.answered(ask?.id ?? '', bench.grant([[PROVISION, 100n]]), bench.now);
    expect(bench.acquire(request(100n))).toBeInstanceOf(Hold);
  });

  it('admits nothing under what could not be written down', () => {
    const bench = new Bench();
    bench.acquire(request(100n));
    const [ask] = bench.asks();
    bench.writable = false;
    const grant = bench.grant([[PROVISION, 100n]]);
    bench.client.answered(ask?.id ?? '', grant, bench.now);
    expect(bench.outcomes).toEqual([]);
    bench.writable = true;
    expect(bench.asks()).toMatchObject([{ id: ask?.id }]);
    bench.client.answered(ask?.id ?? '', grant, bench.now);
    expect(bench.outcomes).toMatchObject([{ kind: 'held' }]);
  });

  it('admits nothing under limits that have changed', () => {
    const bench = new Bench();
    const hold = bench.open(100n, [
      [PROVISION, 500n],
      [WORKSPACE, 500n],
    ]);
    const [provision, workspace] = request(1n).scopes;
    const newer = { ...provision, revision: 2n } as HoldRequest['scopes'][number];
    // The gateway heard of it first.
    expect(bench.acquire({ ...request(1n), scopes: [newer, workspace!] })).toBeUndefined();
    // The ledger did.
    bench.client.noticed({ kind: 'changed', scopes: [newer] }, bench.now);
    expect(bench.acquire(request(1n))).toBeUndefined();
    bench.settle(hold, 100n);
    expect(bench.client.facts(bench.now).finals).toMatchObject([{ number: 1n, sum: 100n }]);
  });

  it('charges what a provider billed beyond what it could, and admits nothing more under that lease', () => {
    const bench = new Bench();
    const hold = bench.open(100n, [[PROVISION, 150n]]);
    bench.settle(hold, 400n);
    expect(bench.acquire(request(1n))).toBeUndefined();
    expect(bench.client.facts(bench.now).finals).toMatchObject([{ cap: 150n, sum: 400n }]);
  });

  it('ends its sums where 64 bits end, whatever a provider says that it bills', () => {
    const bench = new Bench();
    const [first, second] = [
      bench.open(100n, [
        [PROVISION, 300n],
        [WORKSPACE, 300n],
      ]),
      bench.acquire(request(100n)) as Hold,
    ];
    bench.settle(second, 90n);
    bench.settle(first, 2n ** 63n - 1n, 2n ** 63n - 1n);
    const { finals } = bench.client.facts(bench.now);
    expect(finals.map(({ limitId, sum, doubt }) => [limitId, sum, doubt])).toEqual([
      ['p', 2n ** 63n - 1n, 0n],
      ['w', 2n ** 63n - 1n, 2n ** 63n - 1n],
    ]);
  });

  it('asks for no more than 64 bits hold, for however many and however much', () => {
    const bench = new Bench();
    const most = 2n ** 63n - 1n;
    bench.open(1n, [[PROVISION, 1n]]);
    for (let times = 0; times < 3; times++) bench.acquire(request(most), 500);
    const [ask] = bench.asks();
    bench.client.answered(ask?.id ?? '', { kind: 'notSeen' }, bench.now);
    bench.now += 25;
    bench.client.tick(bench.now);
    const wishes = bench.asks().flatMap((asked) => [...asked.wishes.values()]);
    expect(wishes.length).toBeGreaterThan(0);
    expect(Math.max(...wishes.map(Number))).toBe(Number(most));
    for (const wish of wishes) expect(wish).toBeLessThanOrEqual(most);
  });

  it('does not unlearn a newer revision of a scope by an answer that was overtaken', () => {
    const bench = new Bench();
    const newer = request(100n, { scopes: [{ kind: 'provision', id: 'provision', revision: 2n }] });
    const older = request(100n, { scopes: [{ kind: 'provision', id: 'provision', revision: 1n }] });
    bench.acquire(older);
    const [asked] = bench.asks();
    bench.acquire({ ...newer, scopes: [...newer.scopes, ...request(0n).scopes.slice(1)] });
    const [later] = bench.asks();
    const granted = bench.grant([[PROVISION, 100n]], { scopes: newer.scopes });
    bench.client.answered(later?.id ?? '', granted, bench.now);
    const unlimited = bench.grant([], { scopes: older.scopes });
    bench.client.answered(asked?.id ?? '', unlimited, bench.now);
    expect(bench.acquire(older)).toBeUndefined();
  });

  describe('of what a request keeps while it waits for another limit', () => {
    const WAITING: Denial = {
      ...{ kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true },
      ...{ validForMs: 0 },
    };
    const FACTS_HEARD = { gone: [], recalled: [], unlimitedStill: [], validForMs: 30_000 };

    /** It has its request and its part of the workspace, and asks for the provision. */
    const asking = (): { readonly bench: Bench; readonly ask: SliceAsk } => {
      const bench = new Bench();
      const hold = bench.open(100n, [
        [PROVISION, 100n],
        [WORKSPACE, 1_000n],
        [RATE, 10n],
      ]);
      bench.settle(hold, 100n);
      bench.acquire(request(100n), 5_000);
      const [ask] = bench.asks() as [SliceAsk];
      return { bench, ask };
    };
    const wait = ({ bench, ask }: ReturnType<typeof asking>): void =>
      bench.client.answered(ask.id, { kind: 'waiting', denial: WAITING }, bench.now);
    const grantTo = ({ bench, ask }: ReturnType<typeof asking>): HoldOutcome | undefined => {
      const answer = bench.grant([[PROVISION, 100n]], { covered: [WORKSPACE, RATE] });
      bench.client.answered(ask.id, answer, bench.now);
      return bench.outcomes.at(-1);
    };
    const recall = (bench: Bench): void => {
      const limits = new Map([
        ['w', 2n ** 63n],
        ['r', 2n ** 63n],
      ]);
      bench.client.noticed({ kind: 'recall', limits }, bench.now);
    };

    it('nothing counts as a request that was sent', () => {
      const { bench, ask } = asking();
      const sumOfRequests = (): bigint | undefined => {
        bench.now += 3_000;
        return bench.client.facts(bench.now).reports.find(({ number }) => number === 3n)?.sum;
      };
      expect(sumOfRequests()).toBe(1n);
      expect(grantTo({ bench, ask })).toMatchObject({ kind: 'held' });
      expect(sumOfRequests()).toBe(2n);
    });

    it('all is of use that was called back before the answer, and goes back once it is settled', () => {
      const { bench, ask } = asking();
      recall(bench);
      const facts = bench.client.facts(bench.now);
      expect(facts.reports.map(({ number, cap }) => [number, cap])).toEqual([
        [2n, 200n],
        [3n, 2n],
      ]);
      bench.client.heard(facts, FACTS_HEARD, bench.now);
      const outcome = grantTo({ bench, ask });
      expect(outcome).toMatchObject({ kind: 'held' });
      const { hold } = outcome as Extract<HoldOutcome, { kind: 'held' }>;
      expect(hold.parts.map(({ lease }) => lease.number)).toEqual([4n, 2n, 3n]);
      bench.settle(hold, 60n);
      expect(bench.client.facts(bench.now).finals).toMatchObject([
        { number: 2n, count: 2n, sum: 160n },
        { number: 3n, count: 2n, sum: 2n },
      ]);
    });

    it.each([
      ['does not hold any more', { gone: [2n] }],
      ['holds under limits that have changed', { recalled: [2n] }],
    ])('nothing is of use that the ledger %s', (_how, said) => {
      const { bench, ask } = asking();
      recall(bench);
      bench.client.heard(bench.client.facts(bench.now), { ...FACTS_HEARD, ...said }, bench.now);
      expect(grantTo({ bench, ask })).toBeUndefined();
      expect(bench.asks()[0]?.wishes.get('w')).not.toBe(0n);
    });

    it('nothing is of use that was granted under limits that have changed', () => {
      const { bench, ask } = asking();
      const scopes = [{ kind: 'provision', id: 'provision', revision: 1n }] as const;
      const workspace = { kind: 'workspace', id: 'workspace', revision: 2n } as const;
      const answer = bench.grant([[PROVISION, 100n]], {
        ...{ covered: [WORKSPACE, RATE], scopes: [...scopes, workspace] },
      });
      bench.client.answered(ask.id, answer, bench.now);
      expect(bench.outcomes).toEqual([]);
      expect(bench.asks()[0]?.wishes.get('w')).not.toBe(0n);
    });

    it.each<[string, (asked: ReturnType<typeof asking>) => void]>([
      ['in line', (asked) => (wait(asked), recall(asked.bench))],
      ['on its way there', (asked) => (recall(asked.bench), wait(asked))],
    ])('nothing is kept that others wait for, where it is %s: it waits for all of it', (_where, called) => {
      const { bench, ask } = asking();
      called({ bench, ask });
      const { asks, withdrawn } = bench.client.nextAsks(bench.now);
      expect(withdrawn).toEqual([ask.id]);
      expect(asks.map(({ id, waitMs }) => [id === ask.id, waitMs])).toEqual([
        [true, 0],
        [false, 5_000],
      ]);
      expect([...(asks[1]?.wishes.values() ?? [])]).toEqual([100n, 100n, 1n]);
      // Who had it in line is served there, and nobody twice.
      bench.client.answered(ask.id, WAITING, bench.now);
      const all = bench.grant([
        [PROVISION, 100n],
        [WORKSPACE, 100n],
        [RATE, 1n],
      ]);
      bench.client.answered(asks[1]?.id ?? '', all, bench.now);
      expect(bench.outcomes).toMatchObject([{ kind: 'held' }]);
      // Of what went back nothing is held.
      expect(bench.client.facts(bench.now).finals).toMatchObject([
        { number: 1n, sum: 100n },
        { number: 2n, count: 1n, sum: 100n },
        { number: 3n, count: 1n, sum: 1n },
      ]);
    });

    it('all goes back with whoever leaves', () => {
      const { bench, ask } = asking();
      wait({ bench, ask });
      recall(bench);
      bench.now += 20_000;
      bench.client.tick(bench.now);
      bench.client.retireAll();
      for (const { id } of bench.asks()) bench.client.answered(id, WAITING, bench.now);
      const { finals } = bench.client.facts(bench.now);
      expect(finals).toMatchObject([
        { number: 1n, sum: 100n },
        { number: 2n, count: 1n, sum: 100n },
        { number: 3n, count: 1n, sum: 1n },
      ]);
    });
  });

  it('tells whoever leaves, in line or behind it, so that nothing waits for ever', () => {
    const bench = new Bench();
    const told: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => () => void told.push(name));
    bench.client.wait(request(100n), 5_000, bench.now, first!);
    bench.client.wait(request(100n), 5_000, bench.now, second!);
    const [ask] = bench.asks();
    bench.client.withdraw(second!);
    expect(told).toEqual(['second']);
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    bench.client.answered(ask?.id ?? '', { kind: 'waiting', denial }, bench.now);
    bench.client.withdraw(first!);
    expect(told).toEqual(['second', 'first']);
  });

  it('stands in line for nobody who has left while its ask was on its way', () => {
    const bench = new Bench();
    const done = jest.fn();
    bench.client.wait(request(100n), 30_000, bench.now, done);
    const [ask] = bench.asks();
    bench.client.withdraw(done);
    expect(done.mock.calls).toEqual([[{ kind: 'unavailable' }]]);
    const denial = { kind: 'denied', reason: 'budget', limit: PROVISION, mayFitLater: true } as const;
    bench.client.answered(ask?.id ?? '', { kind: 'waiting', denial }, bench.now);
    expect(bench.client.nextAsks(bench.now)).toMatchObject({
      asks: [{ id: ask?.id, waitMs: 0 }],
      withdrawn: [ask?.id],
    });
    bench.client.answered(ask?.id ?? '', denial, bench.now);
    expect(done).toHaveBeenCalledTimes(1);
    expect(bench.client.isWaitedFor).toBe(false);
  });

  it('has nothing to say of a lease that has ended, though a report of it was not heard', () => {
    const bench = new Bench();
    const hold = bench.open(100n, [[PROVISION, 300n]]);
    bench.now += 20_000;
    const renewal = bench.client.facts(bench.now);
    expect(renewal.reports).toHaveLength(1);
    bench.settle(hold, 7n);
    bench.client.retireAll();
    bench.client.unheard(renewal);
    const facts = bench.client.facts(bench.now);
    expect(facts).toMatchObject({ finals: [{ sum: 7n }], reports: [] });
    bench.client.heard(facts, { gone: [], recalled: [], unlimitedStill: [], validForMs: 0 }, bench.now);
    expect(bench.client.hasFacts).toBe(false);
  });

  it('says no more at once than the ledger takes', () => {
    const bench = new Bench();
    const limits = Array.from({ length: 1_500 }, (_, index) => limit(`l${index}`, 'provision'));
    bench.acquire(request(1n));
    bench.client.answered(
      bench.asks()[0]?.id ?? '',
      bench.grant(limits.map((state) => [state, 10n])),
      bench.now,
    );
    const [outcome] = bench.outcomes;
    if (outcome?.kind !== 'held') throw new Error('not held');
    bench.client.giveBack(outcome.hold);
    bench.client.retireAll();
    const closed: bigint[] = [];
    for (let said = 0; bench.client.hasFacts && said < 10; said++) {
      const facts = bench.client.facts(bench.now);
      expect(facts.finals.length).toBeLessThanOrEqual(512);
      closed.push(
        ...bench.client.heard(
          facts,
          { gone: [], recalled: [], unlimitedStill: [], validForMs: 0 },
          bench.now,
        ),
      );
    }
    expect(closed).toEqual(limits.map((_, index) => BigInt(index + 1)));
  });

  it('says nothing of leases that it has not heard of when their answer is overtaken', () => {
    const bench = new Bench();
    bench.acquire(request(1n));
    const scopes = [{ kind: 'provision', id: 'other', revision: 1n }] as const;
    bench.acquire(request(1n, { scopes }));
    const [first, second] = bench.asks();
    const [of1, of2] = [
      bench.grant([[PROVISION, 10n]]),
      bench.grant([[limit('o', 'provision'), 10n]], { scopes }),
    ];
    bench.client.answered(second?.id ?? '', of2, bench.now);
    expect([bench.client.lastLease, bench.client.acknowledgedBelow]).toEqual([2n, 1n]);
    bench.client.answered(first?.id ?? '', of1, bench.now);
    expect([bench.client.lastLease, bench.client.acknowledgedBelow]).toEqual([2n, 1n]);
    for (const outcome of bench.outcomes) if (outcome.kind === 'held') bench.client.giveBack(outcome.hold);
    bench.client.retireAll();
    bench.client.heard(
      bench.client.facts(bench.now),
      { gone: [], recalled: [], unlimitedStill: [], validForMs: 0 },
      bench.now,
    );
    expect(bench.client.acknowledgedBelow).toBe(3n);
  });

  it('lets go what nobody uses', () => {
    const bench = new Bench();
    bench.settle(bench.open(100n, [[PROVISION, 500n]]), 10n);
    bench.now += 2_999;
    bench.client.sweep(bench.now);
    expect(bench.client.hasFacts).toBe(false);
    bench.now += 1;
    bench.client.sweep(bench.now);
    expect(bench.client.facts(bench.now).finals).toMatchObject([{ sum: 10n, count: 1n }]);
  });

  it('reports every three seconds what is in use, and of what nobody uses tells its final alone', () => {
    const bench = new Bench();
    const hold = bench.open(100n, [[PROVISION, 500n]]);
    bench.now += 3_000;
    expect(bench.client.facts(bench.now).reports).toMatchObject([{ number: 1n, sum: 0n }]);
    bench.settle(hold, 10n);
    bench.settle(bench.acquire(request(100n)) as Hold, 20n);
    bench.now += 1_001;
    bench.settle(bench.acquire(request(100n)) as Hold, 30n);
    bench.now += 1_998;
    expect(bench.client.needsSign(bench.now)).toBe(false);
    bench.now += 1;
    expect(bench.client.needsSign(bench.now)).toBe(true);
    expect(bench.client.facts(bench.now).reports).toMatchObject([{ number: 1n, sum: 60n }]);
    bench.settle(bench.acquire(request(100n)) as Hold, 40n);
    bench.now += 2_999;
    bench.client.sweep(bench.now);
    expect(bench.client.needsSign(bench.now)).toBe(false);
    expect(bench.client.facts(bench.now)).toEqual({ finals: [], reports: [], unlimited: [] });
    bench.now += 1;
    expect(bench.client.needsSign(bench.now)).toBe(false);
    bench.client.sweep(bench.now);
    expect(bench.client.facts(bench.now).finals).toMatchObject([{ number: 1n, count: 4n, sum: 100n }]);
  });

  it('asks ahead, so that steady demand never waits', () => {
    const bench = new Bench();
    const hold = bench.open(10n, [[PROVISION, 1_000n]]);
    bench.settle(hold, 10n);
    let waited = 0;
    for (let index = 0; index < 2_000; index++) {
      bench.now += 10;
      const next = bench.acquire(request(10n));
      if (next instanceof Hold) bench.settle(next, 10n);
      else waited++;
      for (const ask of bench.asks()) {
        const wish = ask.wishes.get('p') ?? 0n;
        bench.client.answered(
          ask.id,
          bench.grant(wish > 0n ? [[PROVISION, wish]] : [], { covered: [PROVISION] }),
          bench.now,
        );
      }
      bench.client.heard(
        bench.client.facts(bench.now),
        { gone: [], recalled: [], unlimitedStill: [], validForMs: 30_000 },
        bench.now,
      );
    }
    expect(waited).toBe(0);
  });

  describe('of what many keys share', () => {
    const KEYS = 100;
    const PROVISION_SCOPE = { kind: 'provision', id: 'provision', revision: 1n } as const;
    const ofKey = (index: number): HoldRequest =>
      request(10n, {
        scopes: [PROVISION_SCOPE, { kind: 'apiKey', id: `key-${index}`, revision: 1n }],
      });

    /** All are known, the limit since the beginning, the keys since 10 seconds later. */
    const known = (cap: bigint): Bench => {
      const bench = new Bench();
      const giveBack = (): void => {
        const outcome = bench.outcomes.pop();
        if (outcome?.kind === 'held') bench.client.giveBack(outcome.hold);
      };
      bench.acquire(request(10n, { scopes: [PROVISION_SCOPE] }));
      const granted = bench.grant([[PROVISION, cap]], { scopes: [PROVISION_SCOPE] });
      bench.client.answered(bench.asks()[0]?.id ?? '', granted, bench.now);
      giveBack();
      bench.now += 10_000;
      for (let index = 0; index < KEYS; index++) {
        bench.acquire(ofKey(index));
        const [ask] = bench.asks();
        bench.client.answered(
          ask?.id ?? '',
          bench.grant([], { scopes: ask?.scopes.slice(1) ?? [] }),
          bench.now,
        );
        giveBack();
      }
      return bench;
    };

    const callOfAll = (bench: Bench): readonly SliceAsk[] => {
      for (let index = 0; index < KEYS; index++) {
        const hold = bench.acquire(ofKey(index));
        expect(hold).toBeInstanceOf(Hold);
        bench.client.giveBack(hold as Hold);
      }
      return bench.asks();
    };

    it('one asks ahead for all, and the next once that is answered', () => {
      const bench = known(1_000n);
      const [ask, ...others] = callOfAll(bench);
      expect(ask?.wishes.get('p')).toBeGreaterThan(10n);
      expect(others).toEqual([]);
      expect(callOfAll(bench)).toEqual([]);
      bench.client.answered(ask?.id ?? '', bench.grant([], { covered: [PROVISION] }), bench.now);
      expect(callOfAll(bench)).toEqual([]);
      bench.now += 250;
      expect(callOfAll(bench)).toHaveLength(1);
    });

    it('one asks again before what is known of it is over', () => {
      const bench = known(1_000_000n);
      bench.now = 26_000;
      const asks = callOfAll(bench);
      expect(asks).toHaveLength(1);
      expect(callOfAll(bench)).toEqual([]);
      bench.client.unanswered(asks);
      expect(callOfAll(bench)).toEqual(asks);
      const [ask] = asks;
      bench.client.answered(ask?.id ?? '', { kind: 'notSeen' }, bench.now);
      expect(callOfAll(bench)).toHaveLength(1);
    });
  });
});
