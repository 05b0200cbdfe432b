import { AppError, deriveId, FixedClock, type JournalId, journalId, type LimitId } from '@gatehouse/kernel';
import {
  type FactsAnswer,
  Hold,
  type HoldOutcome,
  type HoldRequest,
  LeaseClient,
  type LeaseFinal,
  type LeaseName,
  type LedgerNotice,
  maxOf,
  NOTHING,
  type SliceAsk,
} from '@gatehouse/leases';
import type { AskSlices, SliceAnswer } from '../domain/journal/slices';
import type { Closed } from '../domain/journal/close-leases';
import { type HeldLease, keyOfLease } from '../domain/journal/held-lease';
import { asksToServe, wantedOf } from '../domain/journal/asks-to-serve';
import type { LeaseReport } from '../domain/journal/report-leases';
import type { Denial } from '../domain/lease/ask-outcome';
import {
  decideLedger,
  type LedgerAnswers,
  LedgerBook,
  type LedgerCommand,
} from '../domain/ledger/ledger-book';
import type { Decided } from '../domain/ledger/ledger-view';
import { keyOfRow, type LedgerRow } from '../domain/ledger/ledger-row';
import type { ResetBudget } from '../domain/ledger/reset-budget';
import type { LimitState } from '../domain/ledger/limit-state';
import { linesMoved } from '../domain/ledger/lines-moved';
import { keyOfScope, type ScopeInForce } from '../domain/limit/limit-in-force';
import { ChangingLimits } from './changing-limits';
import {
  auditBooks,
  byOperator,
  ORGANIZATION,
  rateLimit,
  scopeWith,
  START,
  TERMS,
  toScopeAt,
  usdBudget,
} from './ledger-harness';
import { Dice } from './ledger-simulation';
import { answerFaults, lineFaults } from './line-audit';
import { SimulatedJournal, type SimulatedRecord } from './simulated-journal';

/** Rules that are taken out, one at a time: the walks must notice, by the books and not by an error. */
export const MUTANTS = [
  'no entry before the provider is called',
  'finals before their entries are synced',
  'released by time',
  'finals that count twice',
  'asks that are decided anew',
  'a journal of which something was lost speaks on',
  'lines that nobody serves when something comes free',
  'others take what the head needs',
  'nobody is served beside the head',
  'lines in the wrong order',
  'who may fit later is refused',
  'patience that never ends',
  'returned on expiry',
  'two processes on one journal',
  'returns as differences',
  'rebuilt from records alone',
  'leases swept before their finals are acknowledged',
  'a restore is not noticed',
  'a ledger that was restored grants',
  'a journal forgets how far it has heard',
  'a journal forgets what it has closed',
  'rows ahead of their time count nowhere',
  'gateways go on under limits that have changed',
  'resets that end a period each time they are said',
  'clocks that drift further than is allowed for',
] as const;

export type Mutant = (typeof MUTANTS)[number];

export interface WalkResult {
  readonly faults: readonly string[];
  readonly held: number;
  readonly refused: number;
  readonly killed: number;
  /** Asks that stood in line. */
  readonly waited: number;
  /** Periods that followed others. */
  readonly periods: number;
  /** Backups that were put in place of the ledger. */
  readonly restores: number;
  /** Times that the ledger's clock was ahead. */
  readonly jumps: number;
  /** What admins did to limits. */
  readonly changes: number;
  /** Periods that were ended by hand. */
  readonly resets: number;
}

interface InFlight {
  readonly id: number;
  /** Under whose leases. */
  readonly journalId: JournalId;
  readonly hold: Hold;
  readonly bound: bigint;
}

interface Gateway {
  incarnation: bigint;
  alive: boolean;
  client: LeaseClient;
  /** Outlives the process. */
  file: SimulatedJournal;
  finals: readonly LeaseFinal[];
  inFlight: InFlight[];
  /** Who waits for room: how it is told. */
  readonly waiting: Set<(outcome: HoldOutcome) => void>;
  /** Its facts are on their way: it sends no others. */
  telling: boolean;
  /** Of the leases that the journal has truly heard of, the highest number. */
  heardOf: bigint;
  /** As last reported, by lease. */
  readonly caps: Map<bigint, bigint>;
  /** How fast its machine's clock runs. */
  readonly pace: number;
  /** The configuration as it has heard it. */
  known: readonly ScopeInForce[];
}

/** How far a journal has heard the ledger: as it says, and truly. */
interface Heard {
  readonly acknowledgedBelow: bigint;
  readonly lastLease: bigint;
  readonly truly: bigint;
}

/** Something on its way, which may be lost, and whose answer may be. */
interface Letter {
  readonly hear: () => void;
  readonly lost: () => void;
}

const DAY = 86_400_000;
const AUDIT_EVERY = 4;
/** One step in so many makes a backup, or puts one in place of the ledger, or sets the ledger's clock. */
const RARELY = 150;
/** In short walks, and for mutants that show when it happens. */
const OFTEN = 25;
/** One step in so many an admin changes something. */
const CHANGED_EVERY = 30;
/** Of so many times that a gateway tells something it ends all of its leases once. */
const RETIRED_EVERY = 6;
/** Beside one that runs with the ledger's: what gateways allow for, and more than that. */
const PACES = [0.999, 1, 1.001];
const PACES_OF_MUTANT = [0.9];
const SHORT_STEPS = 100;
const OF_TROUBLE: ReadonlySet<Mutant | undefined> = new Set<Mutant>([
  'a restore is not noticed',
  'a ledger that was restored grants',
  'a journal forgets how far it has heard',
  'a journal forgets what it has closed',
  'rows ahead of their time count nowhere',
]);

/**
 * Gateways with real lease clients, and the ledger's real decisions, over a network that loses, doubles, delays and reorders, with
 * kills, lost journals, losses of power and silence, a ledger that is restored from backups, and its clock ahead for a while. Every few
 * steps the books must add up, and every lease stand for what was billed of it and may still be; at the end, when all was said, nothing
 * may be held by a journal that is whole, and what was billed be charged and recorded, once.
 */
export class LeaseSimulation {
  private readonly dice: Dice;
  private readonly clock = new FixedClock(START);
  private book: LedgerBook;
  private readonly scopes: readonly ScopeInForce[];
  private readonly limits: ChangingLimits;
  private readonly gateways: Gateway[];
  private readonly network: Letter[] = [];
  private readonly faults: string[] = [];
  /** By limit in USD: what providers billed of what was held under it. */
  private readonly billed = new Map<LimitId, bigint>();
  /** By lease: what was billed of it, and the bounds of what is not billed yet. */
  private readonly exposed = new Map<string, bigint>();
  private readonly bills: { readonly id: number; readonly journalId: JournalId; readonly cost: bigint }[] =
    [];
  /** The accounts, by attempt: the first record of it counts. */
  private readonly records = new Map<number, SimulatedRecord>();
  /** Journals that speak no more, whose leases stay quarantined. */
  private losses = 0;
  private readonly lostFiles = new Set<JournalId>();
  private readonly lostPower = new Set<JournalId>();
  private attempts = 0;
  private counts = { held: 0, refused: 0, killed: 0, waited: 0, restores: 0, jumps: 0, changes: 0 };
  /** How far the ledger's clock is ahead, in milliseconds. */
  private aheadMs = 0;
  private readonly troubleEvery: number;
  /** Where trouble comes often, the ledger as it began until there is another. */
  private backup: { readonly book: LedgerBook; readonly swept: readonly HeldLease[] } | undefined;
  /**
   * By limit: what was spent for good when a backup was put in the ledger's place, and is not in that: nobody says it once more. So
   * much a restore may cost, and no more.
   */
  private readonly forgotten = new Map<LimitId, bigint>();
  /** Leases that were closed and acknowledged, and that a restored ledger holds open: until it is recovered their caps stand for them. */
  private readonly reopened = new Map<string, { readonly limitId: LimitId; readonly amount: bigint }>();
  /** Leases that a restored ledger never heard of, and of which their journals are still to say what they come to. */
  private readonly unheard = new Map<string, HeldLease>();
  /** By limit, and by the start of each of the periods that there ever were: the most that it came to in it. */
  private readonly periods = new Map<LimitId, Map<number, bigint>>();
  /** By row: what was spent and held in it when its limit was changed last; never falls. */
  private readonly chargedThen = new Map<string, bigint>();
  /** Said so far: each may be said again. */
  private readonly resets: ResetBudget[] = [];
  private swept: HeldLease[] = [];
  /** What was told last was refused, since the ledger does not know that the journal has begun. */
  private isNotOpen = false;
  private wanted: ReadonlySet<LimitId> = new Set();

  constructor(
    seed: number,
    private readonly steps: number,
    private readonly mutant?: Mutant,
  ) {
    this.dice = new Dice(seed);
    this.troubleEvery = steps < SHORT_STEPS || OF_TROUBLE.has(mutant) ? OFTEN : RARELY;
    this.book = bookOf(mutant);
    const budget = BigInt(200 + this.dice.roll(800));
    this.scopes = [
      scopeWith('p', [usdBudget('p', budget), rateLimit('rpm', 'requests', 30n)]),
      scopeWith('q', [
        usdBudget('q', budget, { strict: true, reset: { period: 'days', everyDays: 1 } } as never),
      ]),
      scopeWith('w', [usdBudget('w', (budget * 3n) / 2n, { reset: { period: 'never' } } as never)], {
        kind: 'workspace',
      }),
      scopeWith('k', [], { kind: 'apiKey' }),
    ];
    for (const scope of this.scopes) this.book.scopes.set(keyOfScope(scope.scope), scope);
    this.limits = new ChangingLimits(this.scopes, this.dice);
    if (this.troubleEvery === OFTEN) this.backup = { book: copyOf(this.book, mutant), swept: [] };
    this.gateways = [0, 1, 2].map((index) => this.newGateway(`${seed} ${index}`));
  }

  run(): WalkResult {
    for (const gateway of this.gateways) this.start(gateway);
    for (let step = 0; step < this.steps && this.faults.length === 0; step++) {
      this.step();
      if (step % AUDIT_EVERY === 0) this.audit();
    }
    if (this.faults.length === 0) this.comeToRest();
    const periods = [...this.periods.values()].reduce((sum, { size }) => sum + size - 1, 0);
    const resets = [...this.book.rows.values()].filter(({ resetBy }) => resetBy !== undefined).length;
    return { faults: this.faults, ...this.counts, periods, resets };
  }

  private newGateway(name: string): Gateway {
    return {
      incarnation: 0n,
      alive: false,
      client: new LeaseClient(0n, () => false),
      file: new SimulatedJournal(journalId(deriveId('jnl', name))),
      finals: [],
      inFlight: [],
      waiting: new Set(),
      telling: false,
      heardOf: 0n,
      caps: new Map(),
      pace: this.dice.pick(
        this.mutant === 'clocks that drift further than is allowed for' ? PACES_OF_MUTANT : PACES,
      ),
      known: this.scopes,
    };
  }

  private step(): void {
    if (this.dice.roll(this.troubleEvery) === 0) return this.trouble();
    if (this.dice.roll(CHANGED_EVERY) === 0) return this.dice.roll(4) === 0 ? this.reset() : this.change();
    const gateway = this.dice.pick(this.gateways);
    switch (this.dice.roll(18)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.request(gateway);
      case 4:
      case 5:
      case 6:
        return this.finish(gateway);
      case 7:
      case 8:
        return this.sendAsks(gateway);
      case 9:
        return this.sendFacts(gateway);
      case 10:
        return this.killOrStart(gateway);
      case 11:
      case 12:
        return this.passTime();
      case 13:
        return this.leave(gateway);
      default:
        return this.deliver();
    }
  }

  /** What befalls the ledger. */
  private trouble(): void {
    switch (this.dice.roll(4)) {
      case 0:
        this.backup = { book: copyOf(this.book, this.mutant), swept: [...this.swept] };
        return;
      case 1:
        return this.restore();
      case 2:
        return this.recover();
      default:
        this.counts.jumps++;
        this.aheadMs = this.aheadMs > 0 ? 0 : this.dice.pick([60_000, DAY, 40 * DAY]);
    }
  }

  /** Ledger and gateways hear of it, each when it gets there. */
  private change(): void {
    this.counts.changes++;
    const changed = this.limits.change(this.clock.now());
    this.surely(() => this.hearChange(changed));
    for (const gateway of this.gateways)
      this.surely(() => {
        gateway.known = gateway.known.map((known) =>
          keyOfScope(known.scope) === keyOfScope(changed.scope) && known.revision < changed.revision
            ? changed
            : known,
        );
      });
  }

  private hearChange(changed: ScopeInForce): void {
    const { scope, revision } = changed;
    if ((this.book.scope(scope)?.revision ?? -1n) >= revision) return;
    for (const row of this.book.rows.values()) {
      if (keyOfScope(row.scope) !== keyOfScope(scope)) continue;
      const key = keyOfRow(row.limitId, row.start);
      this.chargedThen.set(key, maxOf(this.chargedThen.get(key) ?? 0n, row.closed + row.open));
    }
    this.book.scopes.set(keyOfScope(scope), changed);
    this.tell({ type: 'ReviewBudgets', scopes: [scope] });
    if (this.mutant === 'gateways go on under limits that have changed') return;
    for (const gateway of this.gateways)
      this.push(gateway, { kind: 'changed', scopes: [{ kind: scope.kind, id: scope.id, revision }] });
  }

  /** An admin ends a period by hand, or what was said before is said once more. */
  private reset(): void {
    const budget = this.limits.budget();
    const again = this.resets.length > 0 && this.dice.roll(2) === 0;
    if (budget && !again) {
      const asked = { ...byOperator('reset'), requestId: `reset ${this.resets.length}` };
      this.resets.push({ type: 'ResetBudget', ...budget, asked, approval: { kind: 'needless' } });
    }
    const said = again ? this.dice.pick(this.resets) : this.resets.at(-1);
    if (said) this.surely(() => void this.tell(said));
  }

  /** Sometime, and once. */
  private surely(hear: () => void): void {
    this.network.push({ hear, lost: hear });
  }

  /** Connections break, and what was on its way is lost. */
  private restore(): void {
    const { backup } = this;
    if (!backup) return;
    this.counts.restores++;
    for (const letter of this.network.splice(0)) letter.lost();
    const kept = new Map(
      [...backup.swept, ...backup.book.heldLeases.values()].map((lease) => [keyOf(lease), lease]),
    );
    for (const lease of [...this.swept, ...this.book.heldLeases.values()]) {
      const { limitId } = lease;
      const before = kept.get(keyOf(lease));
      if (!before) {
        // What a lost journal has spent only its caps stand for.
        this.forget(limitId, this.speaks(lease) ? lease.sum : maxOf(lease.cap, lease.sum));
        if (this.holdsOpen(lease)) this.unheard.set(keyOf(lease), lease);
      } else if (
        lease.status === 'closed' &&
        before.status !== 'closed' &&
        this.speaks(lease) &&
        !this.holdsOpen(lease)
      )
        this.reopened.set(keyOf(lease), { limitId, amount: lease.sum - before.sum });
    }
    const { scopes } = this.book;
    this.book = copyOf(backup.book, this.mutant);
    // Changes are read again from the log.
    for (const [key, scope] of scopes) this.book.scopes.set(key, scope);
    this.swept = [...backup.swept];
    // It takes longer than anybody waits.
    this.clock.advance(60_000);
    for (const { alive, client } of this.gateways) if (alive) client.askStandingAgain();
  }

  /** An operator looks at it, whoever may not have spoken yet. Records are not read: what they would tell is a cost of the restore. */
  private recover(): void {
    const { book } = this;
    if (!book.isRestored) return;
    book.isRestored = false;
    for (const journal of book.journals.values())
      book.journals.set(journal.id, { ...journal, lostUpTo: journal.lastLease });
    for (const { limitId, amount } of this.reopened.values()) this.forget(limitId, amount);
    this.reopened.clear();
  }

  private forget(limitId: LimitId, amount: bigint): void {
    if (amount > 0n) this.forgotten.set(limitId, (this.forgotten.get(limitId) ?? 0n) + amount);
  }

  /**
   * Until its journal has said the last of it nobody stands for what was under way of such a lease, nor for what was settled and
   * not told: a grant before that is a cost of the restore, also after it was recovered.
   */
  private forgetUnheard(limitId: LimitId): void {
    for (const [key, lease] of this.unheard) {
      if (lease.limitId !== limitId) continue;
      this.unheard.delete(key);
      if (!this.book.heldLease(lease.journalId, lease.number)) this.forget(limitId, lease.cap - lease.sum);
    }
  }

  /** Its journal does not know yet that the last of it was heard. */
  private holdsOpen({ journalId: id, number }: HeldLease): boolean {
    return this.gatewayOf(id)?.file.holds(number) === true;
  }

  private speaks(lease: HeldLease): boolean {
    return this.gateways.some(({ file }) => file.journalId === lease.journalId);
  }

  /** By the ledger's clock. */
  private get time(): Date {
    return new Date(this.clock.now().getTime() + this.aheadMs);
  }

  /** Locally, or after the ledger was asked. */
  private request(gateway: Gateway): void {
    if (!gateway.alive) return;
    const { known } = gateway;
    const scopes = [known[this.dice.roll(2)] as ScopeInForce, ...known.slice(2)];
    const bound = BigInt(1 + this.dice.roll(this.dice.roll(6) === 0 ? 300 : 40));
    const amounts = { ...NOTHING, nanoUsd: bound, requests: 1n };
    const request: HoldRequest = {
      organizationId: ORGANIZATION,
      scopes: scopes.map(({ scope, revision }) => ({ ...scope, revision: this.asKnown(revision) })),
      want: amounts,
      least: amounts,
      unpriced: false,
    };
    const { client } = gateway;
    const waitMs = this.dice.pick([0, 2_000, 30_000]);
    const done = (outcome: HoldOutcome) => {
      if (gateway.client !== client || !gateway.alive) return;
      if (!gateway.waiting.delete(done)) this.faults.push('a request was answered twice');
      this.outcome(gateway, outcome, bound, scopes);
    };
    gateway.waiting.add(done);
    const now = this.nowOf(gateway);
    const atOnce = client.atOnce(request, now);
    if (!atOnce) client.wait(request, waitMs, now, done);
    else done(atOnce instanceof Hold ? { kind: 'held', hold: atOnce } : atOnce);
  }

  private asKnown(revision: bigint): bigint {
    return this.mutant === 'gateways go on under limits that have changed' ? 0n : revision;
  }

  /** A client has gone while it waited. */
  private leave({ alive, client, waiting }: Gateway): void {
    const left = [...waiting];
    if (alive && left.length > 0) client.withdraw(this.dice.pick(left));
  }

  private outcome(
    gateway: Gateway,
    outcome: HoldOutcome,
    bound: bigint,
    scopes: readonly ScopeInForce[],
  ): void {
    if (outcome.kind !== 'held') return void this.counts.refused++;
    const { hold } = outcome;
    // The client may have left while it waited.
    if (this.dice.roll(20) === 0 || this.nowOf(gateway) >= hold.admitUntil)
      return gateway.client.giveBack(hold);
    this.counts.held++;
    const id = ++this.attempts;
    const { file } = gateway;
    if (this.mutant !== 'no entry before the provider is called') file.open(id, hold.chargesInFull());
    gateway.inFlight.push({ id, journalId: file.journalId, hold, bound });
    this.auditAdmission(file.journalId, hold, scopes);
    for (const { lease, amount } of hold.parts) this.expose(keyOfLease(file.journalId, lease.number), amount);
  }

  private finish(gateway: Gateway): void {
    if (!gateway.alive || gateway.inFlight.length === 0) return;
    const [attempt] = gateway.inFlight.splice(this.dice.roll(gateway.inFlight.length), 1);
    if (!attempt) return;
    const cost = this.bill(attempt);
    const sum = { ...NOTHING, nanoUsd: cost, requests: 1n };
    const charges = attempt.hold.chargesOf({ sum, doubt: NOTHING, kept: NOTHING });
    gateway.file.settle(attempt.id, charges);
    gateway.client.settle(attempt.hold, charges);
  }

  /** The provider's own book. */
  private bill({ id, journalId: held, hold, bound }: InFlight): bigint {
    const cost = BigInt(this.dice.roll(Number(bound) + 1));
    const isCharged = hold.parts.some(({ pool: { unit } }) => unit === 'nanoUsd');
    this.bills.push({ id, journalId: held, cost: isCharged ? cost : 0n });
    for (const { lease, pool } of hold.parts) {
      if (pool.unit !== 'nanoUsd') continue;
      this.expose(keyOfLease(held, lease.number), cost - bound);
      const limitId = lease.name.limitId as LimitId;
      this.billed.set(limitId, (this.billed.get(limitId) ?? 0n) + cost);
    }
    return cost;
  }

  /** What a lease has to stand for from now on, more or less. */
  private expose(lease: string, amount: bigint): void {
    this.exposed.set(lease, (this.exposed.get(lease) ?? 0n) + amount);
  }

  private sendAsks(gateway: Gateway): void {
    if (!gateway.alive) return;
    if (this.mutant !== 'patience that never ends') gateway.client.tick(this.nowOf(gateway));
    const { asks, withdrawn: askIds } = gateway.client.nextAsks(this.nowOf(gateway));
    if (asks.length + askIds.length === 0) return;
    const { client, incarnation } = gateway;
    const { journalId: id } = gateway.file;
    const heard = this.heardOf(gateway);
    this.send(
      gateway,
      () => {
        this.close(id, [], heard);
        this.tell({ type: 'WithdrawAsks', journalId: id, incarnation, askIds });
        if (this.isNotOpen) return this.reopen(gateway, client);
        const answers = asks.map((ask) => this.ask(id, incarnation, ask));
        return () =>
          asks.forEach((ask, index) =>
            client.answered(ask.id, toAnswer(answers[index]), this.nowOf(gateway)),
          );
      },
      () => client.unanswered(asks),
    );
  }

  private ask(id: JournalId, incarnation: bigint, ask: SliceAsk): SliceAnswer | undefined {
    if (this.mutant === 'asks that are decided anew') this.book.sliceOutcomes.clear();
    const asked: AskSlices = {
      type: 'AskSlices',
      askId: ask.id,
      journalId: id,
      incarnation,
      organizationId: ORGANIZATION,
      scopes: ask.scopes.map(toScopeAt),
      want: ask.want,
      least: ask.least,
      unpriced: ask.unpriced,
      wishes: ask.wishes as never,
      waitMs: ask.waitMs,
    };
    return this.answerTo(asked);
  }

  private answerTo(ask: AskSlices): SliceAnswer | undefined {
    const told = this.mutant === 'who may fit later is refused' ? { ...ask, waitMs: 0 } : ask;
    return this.tell(told, (answer) => {
      if (answer.kind === 'waiting') this.counts.waited++;
      this.faults.push(...answerFaults(ask, answer, this.book, this.time));
    });
  }

  /** What came free is offered to those who wait, and they are told; and so are those who hold what they wait for. */
  private serveLines(): void {
    const limitIds = new Set(
      [...this.book.waiters.values()].flatMap(({ places }) => places.map(({ limitId }) => limitId)),
    );
    for (;;) {
      const places = this.places();
      const asks = asksToServe([...limitIds], this.book, this.time);
      const answers = asks.map((ask) => ({ ask, answer: this.answerTo(ask) }));
      const ended = answers.filter(({ answer }) => answer && answer.kind !== 'waiting');
      for (const { ask, answer } of ended) this.pushAnswer(ask, answer);
      if (ended.length === 0 && this.places() === places) break;
    }
    this.pushWanted();
    this.faults.push(...lineFaults(this.book, this.time));
  }

  private get linesAreServed(): boolean {
    return this.mutant !== 'lines that nobody serves when something comes free';
  }

  private places(): number {
    return [...this.book.waiters.values()].reduce((sum, { places }) => sum + places.length, 0);
  }

  private pushAnswer({ journalId: id, askId }: AskSlices, answer: SliceAnswer | undefined): void {
    const to = this.gatewayOf(id);
    if (to) this.push(to, { kind: 'answered', askId, answer: toAnswer(answer) });
  }

  private gatewayOf(id: JournalId): Gateway | undefined {
    return this.gateways.find(({ file }) => file.journalId === id);
  }

  private pushWanted(): void {
    const waiters = [...this.book.waiters.values()];
    const limitIds = new Set(waiters.flatMap(({ places }) => places.map(({ limitId }) => limitId)));
    const wanted = wantedOf([...limitIds], this.book, this.time);
    const calm = [...this.wanted].filter((limitId) => !limitIds.has(limitId));
    this.wanted = limitIds;
    for (const gateway of this.gateways) {
      if (wanted.size > 0) this.push(gateway, { kind: 'recall', limits: wanted });
      if (calm.length > 0) this.push(gateway, { kind: 'calm', limitIds: calm });
    }
  }

  /** A push that is lost is noticed, as a connection that breaks, or is not. */
  private push(to: Gateway, notice: LedgerNotice): void {
    if (!to.alive) return;
    const { client } = to;
    const current = () => to.alive && to.client === client;
    this.network.push({
      hear: () => {
        if (current()) client.noticed(notice, this.nowOf(to));
      },
      lost: () => {
        if (current() && this.dice.roll(3) > 0) client.askStandingAgain();
      },
    });
  }

  private sendFacts(gateway: Gateway): void {
    if (!gateway.alive || gateway.telling) return;
    const { client, finals, file, incarnation } = gateway;
    const { journalId: id } = file;
    // It gives back all that it has, as before it stops: what was settled last is in finals at once.
    if (this.dice.roll(RETIRED_EVERY) === 0) client.retireAll();
    const facts = client.facts(this.nowOf(gateway));
    const said = [finals, facts.finals, facts.reports, facts.unlimited];
    if (said.every(({ length }) => length === 0)) return;
    if (this.mutant !== 'finals before their entries are synced') file.sync();
    gateway.telling = true;
    const sentAt = this.nowOf(gateway);
    const heard = this.heardOf(gateway);
    const returned = new Map(
      facts.reports.map(({ number, cap }) => [number, capBefore(gateway, number) - cap]),
    );
    for (const { number, cap } of facts.reports) gateway.caps.set(number, cap);
    this.send(
      gateway,
      () => {
        const said = this.close(id, [...finals, ...facts.finals], heard);
        const reports = facts.reports.map((report) => this.asSaid(id, report, returned));
        const unlimited = facts.unlimited.map(toScopeAt);
        const answer = this.tell({ type: 'ReportLeases', journalId: id, incarnation, reports, unlimited });
        if (!answer) return this.isNotOpen ? this.reopen(gateway, client) : undefined;
        return () => {
          gateway.telling = false;
          gateway.finals = gateway.finals.filter((final) => !finals.includes(final));
          const closed = client.heard(facts, this.asHeard(answer), sentAt);
          file.leasesClosed([...finals.map(({ number }) => number), ...closed], said?.recoveredAt);
        };
      },
      () => {
        gateway.telling = false;
        client.unheard(facts);
      },
    );
  }

  private asHeard(answer: FactsAnswer): FactsAnswer {
    return this.mutant === 'gateways go on under limits that have changed'
      ? { ...answer, recalled: [] }
      : answer;
  }

  /** How far the two have heard each other, when it is said. */
  private heardOf({ client, finals, heardOf: truly }: Gateway): Heard {
    const acknowledgedBelow = finals.reduce(
      (below, { number }) => (number < below ? number : below),
      client.acknowledgedBelow,
    );
    return { acknowledgedBelow, lastLease: client.lastLease, truly };
  }

  private close(
    id: JournalId,
    finals: readonly LeaseFinal[],
    { acknowledgedBelow, lastLease, truly }: Heard,
  ): Closed | undefined {
    for (const { number } of this.mutant === 'finals that count twice' ? finals : []) {
      const lease = this.book.heldLease(id, number);
      if (lease?.status === 'closed') this.book.heldLeases.delete(`${id}.${number}`);
    }
    const given = this.book.journal(id)?.lastLease;
    const closed = this.tell({
      type: 'CloseLeases',
      journalId: id,
      acknowledgedBelow: this.mutant === 'finals that count twice' ? 0n : acknowledgedBelow,
      lastLease,
      recordsUntold: false,
      finals: finals as never,
    });
    if (this.mutant === 'a restore is not noticed') this.book.isRestored = false;
    if (given !== undefined && truly > given && !this.book.isRestored)
      this.faults.push(`${id} has heard of lease ${truly}, the ledger of ${given}, and it goes on`);
    return closed;
  }

  private asSaid(id: JournalId, report: LeaseReport, returned: ReadonlyMap<bigint, bigint>): LeaseReport {
    if (this.mutant !== 'returns as differences') return report;
    const lease = this.book.heldLease(id, report.number);
    if (!lease) return report;
    const sequence = lease.sequence + 1n;
    return { ...report, sequence, cap: lease.cap - (returned.get(report.number) ?? 0n) };
  }

  /** A ledger that was restored may not know of the journal's start. */
  private reopen(gateway: Gateway, client: LeaseClient): undefined {
    if (!gateway.alive || gateway.client !== client) return;
    const { incarnation } = gateway;
    const { journalId: id } = gateway.file;
    const { lastLease } = client;
    const { ranges: acknowledged, recoveredAt } = gateway.file.acknowledged;
    const begun = this.tell({
      ...{ type: 'BeginJournal', journalId: id, incarnation, lastLease, acknowledged, recoveredAt },
    });
    if (!begun) return;
    client.begun(begun.lastLease);
  }

  /** Lost on the way there or back, or heard twice; the answer belongs to the start that asked. */
  private send(from: Gateway, hear: () => (() => void) | undefined, lost: () => void): void {
    const { client } = from;
    const current = () => from.alive && from.client === client;
    const unheard = () => {
      if (current()) lost();
    };
    const letter: Letter = {
      hear: () => {
        const answered = hear();
        if (this.dice.roll(5) === 0) hear();
        if (!current()) return;
        if (answered && this.dice.roll(6) > 0) answered();
        else lost();
      },
      lost: unheard,
    };
    this.network.push(letter);
  }

  private deliver(): void {
    const [letter] = this.network.splice(this.dice.roll(this.network.length), 1);
    if (!letter) return;
    if (this.dice.roll(10) === 0) letter.lost();
    else letter.hear();
  }

  private killOrStart(gateway: Gateway): void {
    if (!gateway.alive) return this.start(gateway);
    if (this.dice.roll(3) > 0) return;
    if (this.mutant === 'two processes on one journal') return this.secondProcess(gateway);
    this.counts.killed++;
    gateway.alive = false;
    // The provider goes on, and bills.
    for (const attempt of gateway.inFlight) this.bill(attempt);
    gateway.inFlight = [];
    gateway.waiting.clear();
    if (this.dice.roll(8) === 0) this.loseJournal(gateway);
    else if (this.dice.roll(3) === 0) this.losePower(gateway);
  }

  /** Beside one that lives on. */
  private secondProcess(gateway: Gateway): void {
    const other = { ...gateway, alive: false, inFlight: [], waiting: new Set<never>(), caps: new Map() };
    this.gateways.push(other);
    this.start(other);
  }

  /** Part of its files is gone: it is another journal from then on. */
  private loseJournal(gateway: Gateway): void {
    const { journalId: id, before } = gateway.file;
    for (const each of [...before, id]) this.lostFiles.add(each);
    if (this.mutant === 'a journal of which something was lost speaks on') {
      gateway.file = new SimulatedJournal(id);
      return;
    }
    this.isAnother(gateway, (next) => new SimulatedJournal(next));
  }

  /** Its machine's: entries that were not synced may be gone, so that it is another journal from then on. */
  private losePower(gateway: Gateway): void {
    const { file } = gateway;
    this.lostPower.add(file.journalId);
    const kept = this.dice.roll(file.unsyncedEntries + 1);
    this.isAnother(gateway, (next) => file.afterPowerLoss(next, kept));
  }

  private isAnother(gateway: Gateway, fileOf: (id: JournalId) => SimulatedJournal): void {
    const { journalId: id } = gateway.file;
    for (const { number, limitId, cap } of gateway.file.finals())
      if (!this.book.heldLease(id, number)) this.forget(limitId as LimitId, cap);
    this.losses++;
    gateway.file = fileOf(journalId(deriveId('jnl', `after a loss ${this.losses} ${id}`)));
    gateway.incarnation = 0n;
    gateway.heardOf = 0n;
  }

  private start(gateway: Gateway): void {
    gateway.incarnation += 1n;
    const { incarnation, file } = gateway;
    const { journalId: id } = file;
    const lastLease = this.mutant === 'a journal forgets how far it has heard' ? 0n : file.lastLease;
    const { ranges, recoveredAt } = file.acknowledged;
    const acknowledged = this.mutant === 'a journal forgets what it has closed' ? [] : ranges;
    const begun = this.tell({
      ...{ type: 'BeginJournal', journalId: id, incarnation, lastLease, acknowledged, recoveredAt },
    });
    if (!begun) return;
    gateway.alive = true;
    gateway.telling = false;
    gateway.client = new LeaseClient(incarnation, (leases) => this.writeDown(gateway, leases));
    gateway.client.begun(begun.lastLease);
    gateway.caps.clear();
    file.replay();
    const forgotten = begun.leases.filter(({ number }) => !file.holds(number));
    gateway.finals = [
      ...file.finals(),
      ...forgotten.map((lease) => ({ ...lease, count: 0n, sum: 0n, doubt: 0n })),
    ];
  }

  private writeDown(gateway: Gateway, leases: readonly LeaseName[]): boolean {
    const { file } = gateway;
    if (this.dice.roll(30) === 0) return false;
    for (const name of leases) {
      gateway.heardOf = maxOf(gateway.heardOf, name.number);
      gateway.caps.set(name.number, name.cap);
      file.leaseOpened(name);
    }
    return true;
  }

  private passTime(): void {
    this.clock.advance(
      this.dice.pick([10, 100, 1_000, 5_000, 20_000, 60_000, this.dice.roll(9) === 0 ? DAY : 0]),
    );
    for (const gateway of this.gateways) {
      const { client, alive, file } = gateway;
      if (!alive) continue;
      client.sweep(this.nowOf(gateway));
      // A disk may be slow, and the bus away.
      if (this.dice.roll(4) === 0) file.sync();
      if (this.dice.roll(3) > 0) this.takeRecords(file);
    }
    this.serveLines();
    this.sweep();
    const rebuilt = this.mutant === 'rebuilt from records alone' && this.dice.roll(20) === 0;
    for (const lease of [...this.book.heldLeases.values()]) {
      if (lease.status !== 'open' || (lease.deadline > this.time && !rebuilt)) continue;
      const { journalId: id, number } = lease;
      if (this.mutant === 'returned on expiry') this.returnAll(lease);
      // The clock may have gone back since.
      if (rebuilt) this.book.apply({ heldLeases: [{ ...lease, deadline: this.time }] });
      this.tell({ type: 'QuarantineHeld', journalId: id, numbers: [number] });
      if (this.mutant === 'released by time' || rebuilt) {
        this.tell({ type: 'ReleaseQuarantine', journalId: id, numbers: [number], asked: byOperator('time') });
      }
    }
  }

  private takeRecords(file: SimulatedJournal): void {
    for (const record of file.takeRecords())
      if (!this.records.has(record.attempt)) this.records.set(record.attempt, record);
  }

  /** What the ledger's sweep forgets of closed leases. */
  private sweep(): void {
    const anyNumber = this.mutant === 'leases swept before their finals are acknowledged';
    for (const [key, lease] of this.book.heldLeases) {
      const { acknowledgedBelow = 0n } = this.book.journal(lease.journalId) ?? {};
      if (lease.status !== 'closed' || (!anyNumber && lease.number >= acknowledgedBelow)) continue;
      if (this.dice.roll(10) > 0) continue;
      this.swept.push(lease);
      this.book.heldLeases.delete(key);
    }
  }

  private returnAll({ journalId: id, number, sequence, count, sum, doubt }: HeldLease): void {
    const { incarnation = 0n } = this.book.journal(id) ?? {};
    const reports = [{ number, sequence: sequence + 1n, cap: sum, count, sum, doubt }];
    this.tell({ type: 'ReportLeases', journalId: id, incarnation, reports, unlimited: [] });
  }

  /** Undefined where it was refused. */
  private tell<C extends LedgerCommand>(
    command: C,
    look?: (answer: LedgerAnswers[C['type']]) => void,
  ): LedgerAnswers[C['type']] | undefined {
    let decided: Decided<LedgerAnswers[LedgerCommand['type']]>;
    this.isNotOpen = false;
    try {
      decided = decideLedger(command, this.book, this.time, TERMS);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.isNotOpen = error.reason === 'JOURNAL_NOT_OPEN';
      return undefined;
    }
    const answer = decided.answer as LedgerAnswers[C['type']];
    look?.(answer);
    const before = new Map(this.book.rows);
    const { rows, waiters, heldLeases } = this.book.changed;
    for (const changed of [rows, waiters, heldLeases]) changed.clear();
    this.book.apply(decided.change);
    this.notePeriods();
    if (command.type === 'AskSlices') this.auditGrant(command, answer as SliceAnswer, before);
    const { freed } = linesMoved(this.book, before);
    if (this.linesAreServed && command.type !== 'AskSlices' && freed.length > 0) this.serveLines();
    return answer;
  }

  private notePeriods(): void {
    for (const key of this.book.changed.rows) {
      const row = this.book.rows.get(key);
      if (!row) continue;
      const starts = this.periods.get(row.limitId) ?? new Map<number, bigint>();
      const most = maxOf(starts.get(row.start.getTime()) ?? 0n, row.amount);
      this.periods.set(row.limitId, starts.set(row.start.getTime(), most));
    }
  }

  /** What a clock that was ahead has granted is not granted once more, nor is any number that a journal has heard of. */
  private auditGrant(
    { journalId: id }: AskSlices,
    answer: SliceAnswer,
    before: ReadonlyMap<string, LedgerRow>,
  ): void {
    if (answer.kind !== 'slices') return;
    for (const { number, limit } of answer.leases) {
      if (!this.book.changed.heldLeases.has(`${id}.${number}`)) continue;
      this.forgetUnheard(limit.limitId);
      const to = this.gatewayOf(id);
      if (this.book.isRestored) this.faults.push(`${id} was granted ${number} by a ledger that was restored`);
      if (to && number <= to.heardOf) this.faults.push(`${id} was given ${number} a second time`);
      const rows = [...this.book.rows.values()].filter(
        ({ limitId, start }) => limitId === limit.limitId && start >= limit.periodStart,
      );
      const charged = rows.reduce((sum, { closed, open }) => sum + closed + open, 0n);
      const carried = [...before.values()].some(
        ({ limitId, ceiling }) => limitId === limit.limitId && ceiling > 0n,
      );
      if (charged > limit.limit && !carried)
        this.faults.push(
          `${charged} of ${limit.limit} are granted from ${limit.periodStart.toISOString()} on`,
        );
    }
  }

  private nowOf({ pace }: Gateway): number {
    return this.clock.monotonicMs() * pace;
  }

  /** Nothing is admitted but under all limits that the gateway knows, nor what the ledger may have given up, or whose time is over. */
  private auditAdmission(id: JournalId, { parts }: Hold, scopes: readonly ScopeInForce[]): void {
    const limitIds = new Set(parts.map(({ lease }) => lease.name.limitId));
    for (const { scope, revision } of scopes)
      if (!this.limits.areAll(limitIds, scope, revision))
        this.faults.push(`${id} admits without limits of ${scope.kind} that it knows under ${revision}`);
    if (this.counts.restores + this.counts.jumps > 0) return;
    for (const { lease } of parts) {
      const held = this.book.heldLease(id, lease.number);
      const isOver = held?.admitUntil !== undefined && held.admitUntil <= this.time;
      if (!held || held.deadline <= this.time || isOver)
        this.faults.push(`lease ${lease.number} of ${id} admits after its time`);
    }
  }

  private audit(): void {
    const rows = [...this.book.rows.values()];
    const leases = [...this.book.heldLeases.values(), ...this.swept];
    this.faults.push(...auditBooks(rows, [], leases));
    for (const [id, billed] of this.billed) {
      const amounts = [...(this.periods.get(id)?.values() ?? [])];
      const bound = amounts.reduce((sum, amount) => sum + amount, this.forgotten.get(id) ?? 0n);
      if (billed > bound) this.faults.push(`billed ${billed} of ${bound}`);
    }
    for (const { asked } of this.resets) {
      const ended = rows.filter(({ resetBy }) => resetBy === asked.requestId);
      if (ended.length > 1) this.faults.push(`${asked.requestId} has ended ${ended.length} periods`);
    }
    if (this.counts.restores > 0) return;
    for (const lease of leases) {
      const charged = lease.status === 'closed' ? lease.sum : maxOf(lease.cap, lease.sum);
      const exposed = this.exposed.get(keyOf(lease)) ?? 0n;
      if (charged < exposed) this.faults.push(`${keyOf(lease)} stands for ${charged} of ${exposed}`);
    }
    for (const row of rows) {
      // A limit that is lowered binds from there.
      const charged = row.closed + row.open;
      const least = maxOf(row.amount, this.chargedThen.get(keyOfRow(row.limitId, row.start)) ?? 0n);
      if (charged > least || row.ceiling > least)
        this.faults.push(
          `${row.limitId} was charged beyond its limit: ${charged} of ${least}, ${row.ceiling} at most`,
        );
    }
    if (this.book.isRestored) this.faults.push('taken for restored');
  }

  private comeToRest(): void {
    for (const gateway of this.gateways) {
      while (gateway.alive && gateway.inFlight.length > 0) this.finish(gateway);
      if (!gateway.alive) this.start(gateway);
      gateway.client.retireAll();
    }
    for (let round = 0; round < 200 && !this.isAtRest; round++) {
      while (this.network.length > 0) this.deliver();
      this.clock.advance(1_000);
      if (this.linesAreServed && this.book.waiters.size > 0) this.serveLines();
      for (const gateway of this.gateways) {
        gateway.client.sweep(this.nowOf(gateway));
        gateway.client.retireAll();
        this.sendAsks(gateway);
        this.sendFacts(gateway);
        while (gateway.inFlight.length > 0) this.finish(gateway);
      }
    }
    this.audit();
    const whole = new Set(this.gateways.map(({ file }) => file.journalId));
    for (const { journalId: id, number, status } of this.book.heldLeases.values()) {
      if (this.counts.restores === 0 && whole.has(id) && status !== 'closed')
        this.faults.push(`lease ${number} is ${status} at rest`);
    }
    this.auditCharges();
    this.auditRecords();
    this.auditWaiting();
  }

  /** Nobody has anything to say any more. */
  private get isAtRest(): boolean {
    return (
      this.network.length + this.book.waiters.size === 0 &&
      this.gateways.every(
        ({ client, finals, inFlight, waiting }) =>
          finals.length + inFlight.length + waiting.size === 0 &&
          !client.hasFacts &&
          !client.hasAsks &&
          client.acknowledgedBelow > client.lastLease,
      )
    );
  }

  private auditWaiting(): void {
    const waiting = this.gateways.reduce((sum, gateway) => sum + gateway.waiting.size, 0);
    if (waiting > 0) this.faults.push(`${waiting} requests wait at rest`);
    if (this.book.waiters.size > 0) this.faults.push(`${this.book.waiters.size} asks stand in line at rest`);
  }

  /**
   * Every attempt has its record, which is no less than its bill, unless its journal has lost its files, or its machine the power; and
   * what a journal said of its leases is what the records say, power or not.
   */
  private auditRecords(): void {
    for (const { file } of this.gateways) {
      file.sync();
      this.takeRecords(file);
    }
    const sums = new Map<string, { count: bigint; sum: bigint }>();
    for (const { journalId: id, charges } of this.records.values()) {
      for (const { lease, charged } of charges) {
        const { count, sum } = sums.get(keyOfLease(id, lease)) ?? { count: 0n, sum: 0n };
        sums.set(keyOfLease(id, lease), { count: count + 1n, sum: sum + charged });
      }
    }
    for (const { id, journalId: held, cost } of this.bills) {
      if (this.lostFiles.has(held) || this.lostPower.has(held)) continue;
      // Of requests it is charged one.
      const charges = this.records.get(id)?.charges;
      const recorded = charges?.reduce((most, { charged }) => maxOf(most, charged), 0n) ?? -1n;
      if (recorded < cost) this.faults.push(`${cost} were billed for attempt ${id}, recorded ${recorded}`);
    }
    if (this.counts.restores > 0) return;
    for (const lease of [...this.book.heldLeases.values(), ...this.swept]) {
      if (lease.status !== 'closed' || this.lostFiles.has(lease.journalId)) continue;
      const { count, sum } = sums.get(keyOf(lease)) ?? { count: 0n, sum: 0n };
      if (count !== lease.count || sum !== lease.sum)
        this.faults.push(
          `${keyOf(lease)} is closed with ${lease.count} attempts and ${lease.sum}, recorded ${count} and ${sum}`,
        );
    }
  }

  /** What a lost journal held is charged as quarantine; beside that, and what is in doubt, nothing is that was not billed. */
  private auditCharges(): void {
    for (const id of this.periods.keys()) {
      if (rowsOf(this.book, id).some(({ unit }) => unit !== 'nanoUsd')) continue;
      const charged = chargedOf(this.book, id);
      const billed = this.billed.get(id) ?? 0n;
      if (charged + (this.forgotten.get(id) ?? 0n) < billed)
        this.faults.push(`billed ${billed}, charged ${charged}`);
      const doubt = rowsOf(this.book, id).reduce((sum, row) => sum + row.doubt + row.open, 0n);
      if (this.counts.restores === 0 && charged > billed + doubt)
        this.faults.push(`billed ${billed}, charged ${charged}, of which ${doubt} may not be billed`);
    }
  }
}

/** Whose rules of lines are others where a mutant takes them out. */
const bookOf = (mutant: Mutant | undefined): LedgerBook => {
  const book = new LedgerBook();
  const lineOf = book.lineOf.bind(book);
  if (mutant === 'others take what the head needs') book.openSince = () => -(2n ** 60n);
  if (mutant === 'nobody is served beside the head') book.openSince = () => 2n ** 60n;
  if (mutant === 'rows ahead of their time count nowhere') {
    const presentRow = book.presentRow.bind(book);
    book.presentRow = (limitId, now) => {
      const row = presentRow(limitId, now);
      return row && { ...row, ahead: 0n };
    };
  }
  if (mutant === 'resets that end a period each time they are said') book.wasReset = () => false;
  if (mutant === 'a ledger that was restored grants') book.restored = () => false;
  if (mutant === 'lines in the wrong order') book.lineOf = (limitId) => lineOf(limitId).toReversed();
  return book;
};

const copyOf = (book: LedgerBook, mutant: Mutant | undefined): LedgerBook => {
  const copy = bookOf(mutant);
  for (const [key, scope] of book.scopes) copy.scopes.set(key, scope);
  for (const [id, journal] of book.journals) copy.journals.set(id, journal);
  for (const [key, outcome] of book.sliceOutcomes) copy.sliceOutcomes.set(key, outcome);
  for (const lease of book.heldLeases.values()) copy.enterHeld(lease);
  for (const row of book.rows.values()) copy.enter(row);
  for (const waiter of book.waiters.values()) copy.enterWaiter(waiter);
  copy.startFrom(book.lastCame());
  copy.isRestored = book.isRestored;
  copy.wasRecoveredAt = book.wasRecoveredAt;
  return copy;
};

const chargedOf = (book: LedgerBook, limitId: LimitId): bigint =>
  rowsOf(book, limitId).reduce((sum, { closed, open }) => sum + closed + open, 0n);

const rowsOf = (book: LedgerBook, limitId: LimitId): readonly LedgerRow[] =>
  [...book.rows.values()].filter((row) => row.limitId === limitId);

const keyOf = ({ journalId: id, number }: HeldLease): string => keyOfLease(id, number);

const capBefore = ({ caps }: Gateway, number: bigint): bigint => caps.get(number) ?? 0n;

export const toAnswer = (answer: SliceAnswer | undefined): Parameters<LeaseClient['answered']>[1] => {
  if (!answer) return { kind: 'refused', reason: 'JOURNAL_FENCED' };
  switch (answer.kind) {
    case 'slices':
      return {
        kind: 'granted',
        leases: answer.leases.map(({ limit, endsInMs, ...lease }) => ({
          ...lease,
          limit: toState(limit),
          periodStart: limit.periodStart,
          ...(endsInMs !== undefined && { endsInMs }),
        })),
        scopes: answer.scopes.map(({ scope, revision }) => ({ ...scope, revision })),
        covered: answer.covered.map(toState),
        validForMs: answer.validForMs,
      };
    case 'denial':
      return toDenial(answer);
    case 'waiting':
      return { kind: 'waiting', denial: toDenial(answer.denial) };
    case 'notSeen':
      return { kind: 'notSeen' };
    case 'expired':
      return { kind: 'expired' };
    case 'refused':
      return answer;
  }
};

const toDenial = ({ reason, limit, mayFitLater, validForMs }: Denial) => ({
  kind: 'denied' as const,
  reason: reason === 'rateLimitExceeded' ? ('rate' as const) : ('budget' as const),
  limit: toState(limit),
  mayFitLater,
  validForMs,
});

const toState = (state: LimitState) => ({
  id: state.limitId,
  scope: state.scope.kind,
  scopeId: state.scope.id,
  unit: state.unit,
  kind: state.budget ? ('budget' as const) : ('rate' as const),
  limit: state.limit,
  spent: state.spent,
  held: state.held,
});
