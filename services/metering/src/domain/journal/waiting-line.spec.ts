import { deriveId, FixedClock, type JournalId, journalId } from '@gatehouse/kernel';
import fc from 'fast-check';
import { emptyJournal } from '../../testing/empty-journal';
import { amounts, auditBooks, scopeWith, START, TERMS, usdBudget } from '../../testing/ledger-harness';
import { sliceAsk } from '../../testing/lease.contract';
import { answerFaults, lineFaults } from '../../testing/line-audit';
import { decideLedger, LedgerBook, type LedgerCommand } from '../ledger/ledger-book';
import { keyOfScope } from '../limit/limit-in-force';
import type { SliceAnswer } from './slices';
import { asksToServe } from './asks-to-serve';

const SCOPES = [
  scopeWith('p', [usdBudget('p', 100n)]),
  scopeWith('w', [usdBudget('w', 120n)], { kind: 'workspace' }),
];
const LIMITS = SCOPES.flatMap(({ limits }) => limits.map(({ limit }) => limit.id));
const JOURNALS = [1, 2].map((index) => journalId(deriveId('jnl', String(index))));

/** One limit or both; by which journal; what it needs; how long it waits. */
const asks = fc.record({
  kind: fc.constant('ask' as const),
  scopes: fc.constantFrom([0], [1], [0, 1]),
  journal: fc.nat(1),
  least: fc.integer({ min: 1, max: 110 }),
  more: fc.nat(20),
  waitMs: fc.constantFrom(0, 2_000, 30_000),
});
const closes = fc.record({ kind: fc.constant('close' as const), which: fc.nat(), spent: fc.nat(100) });
const withdrawals = fc.record({ kind: fc.constant('withdraw' as const), which: fc.nat() });
const pauses = fc.record({ kind: fc.constant('pause' as const), ms: fc.nat(3_000) });
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: asks }, { weight: 3, arbitrary: closes }, withdrawals, pauses),
  {
    maxLength: 40,
  },
);

type Step = typeof steps extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

class Lines {
  readonly faults: string[] = [];
  readonly answered = new Map<string, SliceAnswer['kind']>();
  private readonly book = new LedgerBook();
  private readonly clock = new FixedClock(START);
  private asked = 0;

  constructor() {
    for (const scope of SCOPES) this.book.scopes.set(keyOfScope(scope.scope), scope);
    for (const id of JOURNALS) this.tell(emptyJournal(id));
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'ask':
        this.ask(step);
        break;
      case 'close':
        this.close(step.which, step.spent);
        break;
      case 'withdraw': {
        const waiters = [...this.book.waiters.values()];
        const { ask } = waiters[step.which % Math.max(1, waiters.length)] ?? {};
        if (ask) this.tell({ ...ask, type: 'WithdrawAsks', askIds: [ask.askId] });
        break;
      }
      case 'pause':
        this.clock.advance(step.ms);
    }
    this.serve();
    this.faults.push(...lineFaults(this.book, this.clock.now()));
    this.faults.push(...auditBooks([...this.book.rows.values()], [], [...this.book.heldLeases.values()]));
  }

  /** A scope has no limits any more. */
  takeAway(index: number): void {
    const scope = SCOPES[index]!;
    this.book.scopes.set(keyOfScope(scope.scope), { ...scope, revision: scope.revision + 1n, limits: [] });
  }

  /** All that is open settles at nothing, and all waits that are left end. */
  drain(): void {
    while (this.open().length > 0) {
      this.close(0, 0);
      this.serve();
    }
  }

  waiting(): number {
    return this.book.waiters.size;
  }

  private ask({ scopes, journal, least, more, waitMs }: Extract<Step, { kind: 'ask' }>): void {
    const asking = sliceAsk(
      String(++this.asked),
      scopes.map((index) => SCOPES[index]!),
      { nanoUsd: BigInt(least + more) },
      { journalId: JOURNALS[journal] as JournalId, least: amounts({ nanoUsd: BigInt(least) }), waitMs },
    );
    this.answer(asking);
  }

  private answer(ask: Parameters<typeof answerFaults>[0]): void {
    const answer = this.tell(ask) as SliceAnswer;
    const before = this.answered.get(ask.askId) ?? 'waiting';
    if (before !== 'waiting' && before !== answer.kind) this.faults.push(`${ask.askId} was answered twice`);
    this.answered.set(ask.askId, answer.kind);
  }

  private serve(): void {
    for (let due = this.due(); due.length > 0; due = this.due()) {
      const before = this.placed();
      for (const ask of due) this.answer(ask);
      if (this.placed() === before) return;
    }
  }

  private placed(): string {
    return [...this.book.waiters].map(([key, { places }]) => `${key} ${places.length}`).join();
  }

  private due() {
    return asksToServe(LIMITS, this.book, this.clock.now());
  }

  private open() {
    return [...this.book.heldLeases.values()].filter(({ status }) => status === 'open');
  }

  private close(which: number, spent: number): void {
    const leases = this.open();
    const lease = leases[which % Math.max(1, leases.length)];
    if (!lease) return;
    const sum = (lease.cap * BigInt(spent)) / 100n;
    const finals = [{ ...lease, count: 1n, sum, doubt: 0n }];
    this.tell({
      type: 'CloseLeases',
      journalId: lease.journalId,
      acknowledgedBelow: 1n,
      lastLease: 0n,
      recordsUntold: false,
      finals,
    });
  }

  private tell(command: LedgerCommand): unknown {
    const { answer, change } = decideLedger(command, this.book, this.clock.now(), TERMS);
    if (command.type === 'AskSlices')
      this.faults.push(...answerFaults(command, answer as SliceAnswer, this.book, this.clock.now()));
    this.book.apply(change);
    return answer;
  }
}

describe('a line', () => {
  it('lets nobody wait for what fits, and nobody take what the head needs, whatever happens', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const lines = new Lines();
        for (const step of taken) lines.take(step);
        expect(lines.faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('ends for everybody once what is under way has settled', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const lines = new Lines();
        for (const step of taken) lines.take(step);
        lines.drain();
        expect([lines.waiting(), lines.faults]).toEqual([0, []]);
      }),
      { numRuns: 300 },
    );
  });

  it('goes on behind a head that waits for a limit that is no more, and for another', () => {
    const lines = new Lines();
    const ask = { kind: 'ask', journal: 0, more: 0, waitMs: 30_000 } as const;
    for (const [scopes, least] of [
      [[0], 100],
      [[1], 60],
      [[1], 60],
      [[0, 1], 50],
      [[1], 5],
    ] as const)
      lines.take({ ...ask, scopes: [...scopes] as never, least });
    lines.takeAway(0);
    lines.take({ kind: 'close', which: 1, spent: 90 });
    expect(lines.faults).toEqual([]);
    expect([lines.answered.get('4'), lines.answered.get('5')]).toEqual(['waiting', 'slices']);
  });
});
