import { deriveId, journalId, type Limit, type LimitId } from '@gatehouse/kernel';
import {
  type Amounts,
  Hold,
  type HoldOutcome,
  LeaseClient,
  type LeaseFinal,
  type LedgerNotice,
  maxOf,
  minOf,
  NOTHING,
} from '@gatehouse/leases';
import type { AskSlices, SliceAnswer } from '../domain/journal/slices';
import { asksToServe, wantedOf } from '../domain/journal/asks-to-serve';
import type { WantedLimits } from '../domain/journal/waiting-line';
import {
  decideLedger,
  type LedgerAnswers,
  LedgerBook,
  type LedgerCommand,
} from '../domain/ledger/ledger-book';
import { freeOf } from '../domain/ledger/ledger-row';
import { linesMoved } from '../domain/ledger/lines-moved';
import { keyOfScope, type ScopeInForce } from '../domain/limit/limit-in-force';
import { emptyJournal } from './empty-journal';
import { Dice } from './ledger-simulation';
import { byOperator, ORGANIZATION, scopeWith, START, toScopeAt } from './ledger-harness';
import { toAnswer } from './lease-simulation';
import { SimulatedJournal } from './simulated-journal';

/** What a request may cost at most, costs, and how long it takes. */
export interface SimRequest {
  readonly bound: bigint;
  /** Where its client has set no limit of its output: with how much it can do. Absent: no less than the bound. */
  readonly least?: bigint;
  readonly cost: bigint;
  /** Of the limit beside; absent where there is none. */
  readonly beside?: { readonly bound: bigint; readonly cost: bigint };
  readonly lastsMs: number;
}

/** Clients that are alike, spread over all gateways. */
export interface Crowd {
  readonly clients: number;
  readonly request: (dice: Dice) => SimRequest;
  /** Between two requests, in milliseconds. */
  readonly thinksMs: (dice: Dice) => number;
  readonly waitMs: number;
  readonly startsMs?: number;
}

export interface Scene {
  readonly limit: Limit;
  /** Of the same scope, in another unit. */
  readonly beside?: Limit;
  readonly gateways: number;
  readonly crowds: readonly Crowd[];
  readonly lastsMs: number;
  /** It ends when the first is refused. */
  readonly untilRefused?: boolean;
  /** One gateway or another is killed now and then, and starts again after two seconds. */
  readonly killEveryMs?: number;
  /** From then on what was spent before counts no more: a window ends, or an admin has a budget begin anew. */
  readonly beginsAnewAtMs?: number;
  /** Less than this share of the limit spent, when the first is refused, is a fault. */
  readonly usedAtLeast?: number;
}

/** A rule that is taken out. */
export type WaitingMutant =
  | 'nobody is told that somebody waits'
  | 'who waits for requests is refused at once'
  /** Neither by time nor by what the ledger tells. */
  | 'denials that are never forgotten'
  /** Who has set no limit of its output is given all that is left. */
  | 'greedy clamp'
  | 'who can wait no longer is refused for the sake of the head'
  | 'who does not wait is refused what others do not use'
  | 'what was granted beside who waits is not called back';

export interface SceneResult {
  readonly faults: readonly string[];
  readonly refused: number;
  /** Share of the limit that was spent when the first was refused, or in the end, if nobody was. */
  readonly used: number;
  /** Per crowd: how long each of its requests waited for room, in milliseconds. */
  readonly waits: readonly (readonly number[])[];
  /** Asks that the ledger decided, repetitions and those of lines included. */
  readonly asked: number;
  readonly killed: number;
}

const ONE_WAY_MS = 2;
const FACTS_AFTER_MS = 10;
const TICK_MS = 25;
const SWEEP_MS = 1_000;
const LOOK_MS = 250;
/** For so long a refused request must not have fitted all the time: news take a while. */
const NEWS_MS = 100;
/** One part in so many of a limit may be on its way to others who wait. */
const UNREACHABLE_SHARE = 100n;
/** From a kill to the next start. */
const DOWN_MS = 2_000;
const EVERY_LEASE = 2n ** 63n;
const TERMS = { ttlMs: 30_000, marginMs: 15_000 };

/** What happens when, in milliseconds. */
class Agenda {
  now = 0;
  private readonly heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  private order = 0;

  in(ms: number, run: () => void): void {
    const { heap } = this;
    heap.push({ at: this.now + ms, order: this.order++, run });
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  every(ms: number, run: () => void): void {
    this.in(ms, () => {
      run();
      this.every(ms, run);
    });
  }

  /** Answers false where nothing is left. */
  step(): boolean {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last) return false;
    if (first !== last) {
      heap[0] = last;
      for (let at = 0; ;) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2])
          if (child < heap.length && this.isBefore(child, least)) least = child;
        if (least === at) break;
        this.swap(at, least);
        at = least;
      }
    }
    this.now = first.at;
    first.run();
    return true;
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one]!, this.heap[other]!];
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  private swap(one: number, other: number): void {
    const { heap } = this;
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }
}

interface SimGateway {
  /** Outlives the process. */
  readonly file: SimulatedJournal;
  /** Undefined while it is down. */
  client: LeaseClient | undefined;
  incarnation: bigint;
  /** Of leases of earlier incarnations. */
  finals: readonly LeaseFinal[];
  asking: boolean;
  telling: boolean;
  /** What waits or is under way: how its client is told that the gateway is gone. */
  readonly calls: Set<() => void>;
  /** What was under way when it was killed, until the ledger has charged it in full: the sum of the bounds, of each limit. */
  readonly left: bigint[];
  /** Leases up to this number were another incarnation's, and are not closed yet; 0 where all are. */
  leftLease: bigint;
}

/** Of a request, what concerns one limit. */
interface SimPart {
  readonly bound: bigint;
  readonly least: bigint;
  readonly cost: bigint;
}

/** What is truly spent of a limit, under way and waited for. */
class Tally {
  /** As the ledger will charge it: in full where a gateway was killed. */
  spent = 0n;
  underWay = 0n;
  /** Of requests that wait. */
  needed = 0n;
  private history: { readonly at: number; readonly free: bigint }[] = [];

  constructor(readonly limit: Limit) {}

  /** @param unreachable held by those that were killed. */
  note(now: number, unreachable: bigint): void {
    const free = this.limit.amount - this.spent - this.underWay - unreachable;
    this.history.push({ at: now, free });
    // One before the time that is looked back stays: it held until the next.
    const first = this.history.findIndex(({ at }) => at > now - NEWS_MS);
    this.history.splice(0, Math.max(0, first - 1));
  }

  /** What was free of it all the time that news take. */
  get lowest(): bigint {
    return this.history.reduce((lowest, { free }) => minOf(lowest, free), this.limit.amount);
  }

  /** As much of it may be on its way to others who wait. */
  get others(): bigint {
    return minOf(this.needed, this.limit.amount / UNREACHABLE_SHARE);
  }
}

/**
 * Gateways with real lease clients, and the ledger's real decisions, in virtual time, over a network that loses nothing; gateways may be
 * killed. Who is refused must not have fitted, by what is truly spent, under way, and out of reach with those that were killed. The same
 * shows how much of a limit is used, and who waits for how long.
 */
export class WaitingSimulation {
  private readonly agenda = new Agenda();
  private readonly dice: Dice;
  private readonly book = new LedgerBook();
  private readonly scope: ScopeInForce;
  private readonly gateways: readonly SimGateway[];
  private readonly faults: string[] = [];
  private readonly waits: number[][];
  private wanted: WantedLimits = new Map();
  private serving = false;
  /** By the provider's own book. */
  private billed = 0n;
  private readonly tallies: readonly Tally[];
  private attempts = 0;
  /** How often the limit has begun anew: what was admitted before is none of its business. */
  private periods = 0;
  private killed = 0;
  private refused = 0;
  private asked = 0;
  private used: bigint | undefined;

  constructor(
    seed: number,
    private readonly scene: Scene,
    private readonly mutant?: WaitingMutant,
  ) {
    this.dice = new Dice(seed);
    const limits = scene.beside ? [scene.limit, scene.beside] : [scene.limit];
    this.tallies = limits.map((limit) => new Tally(limit));
    this.scope = scopeWith('p', limits);
    this.book.scopes.set(keyOfScope(this.scope.scope), this.scope);
    this.waits = scene.crowds.map(() => []);
    this.gateways = Array.from({ length: scene.gateways }, (_, index) => ({
      file: new SimulatedJournal(journalId(deriveId('jnl', String(index)))),
      client: undefined,
      incarnation: 0n,
      finals: [],
      asking: false,
      telling: false,
      calls: new Set<never>(),
      left: limits.map(() => 0n),
      leftLease: 0n,
    }));
  }

  run(): SceneResult {
    const { scene, agenda } = this;
    for (const gateway of this.gateways) {
      this.start(gateway);
      agenda.every(TICK_MS, () => this.tick(gateway));
      agenda.every(SWEEP_MS, () => this.sweep(gateway));
    }
    agenda.every(LOOK_MS, () => this.look());
    scene.crowds.forEach((crowd, index) => {
      for (let client = 0; client < crowd.clients; client++) {
        agenda.in((crowd.startsMs ?? 0) + this.dice.roll(1_000), () => this.request(client, crowd, index));
      }
    });
    const { killEveryMs, beginsAnewAtMs } = scene;
    if (beginsAnewAtMs !== undefined) agenda.in(beginsAnewAtMs, () => this.beginAnew());
    if (killEveryMs !== undefined) {
      agenda.in(this.dice.roll(killEveryMs), () => {
        this.kill();
        agenda.every(killEveryMs, () => this.kill());
      });
    }
    const over = () =>
      agenda.now >= scene.lastsMs ||
      this.faults.length > 0 ||
      (scene.untilRefused === true && this.refused > 0);
    while (!over() && agenda.step());
    const used = Number(this.used ?? this.billed) / Number(scene.limit.amount);
    const { faults, refused, waits, asked, killed } = this;
    const most = scene.limit.amount * BigInt(1 + this.periods);
    if (this.billed > most) faults.push(`billed ${this.billed} of ${most}`);
    if (scene.usedAtLeast !== undefined && used < scene.usedAtLeast)
      faults.unshift(`${used} of the limit was used when somebody was refused, or in the end`);
    return { faults, refused, used, waits, asked, killed };
  }

  private beginAnew(): void {
    const { limit } = this.scene;
    if (limit.kind === 'budget') {
      const asked = { ...byOperator('reset'), requestId: 'reset' };
      const { scope } = this.scope;
      this.tell({ type: 'ResetBudget', limitId: limit.id, scope, asked, approval: { kind: 'needless' } });
    }
    this.periods++;
    for (const tally of this.tallies) tally.spent = tally.underWay = 0n;
    this.noteFree();
  }

  private start(gateway: SimGateway): void {
    const { file } = gateway;
    gateway.incarnation += 1n;
    const { incarnation } = gateway;
    const begun = this.tell(emptyJournal(file.journalId, incarnation));
    file.replay();
    gateway.client = new LeaseClient(incarnation, (leases) => {
      for (const name of leases) file.leaseOpened(name);
      return true;
    });
    gateway.client.begun(begun.lastLease);
    const forgotten = begun.leases.filter(({ number }) => !file.holds(number));
    gateway.finals = [
      ...file.finals(),
      ...forgotten.map((lease) => ({ ...lease, count: 0n, sum: 0n, doubt: 0n })),
    ];
    gateway.leftLease = gateway.finals.length > 0 ? begun.lastLease : 0n;
    if (gateway.finals.length > 0) this.tellFacts(gateway);
  }

  /** The provider goes on with what is under way. */
  private kill(): void {
    const alive = this.gateways.filter(({ client }) => client);
    if (alive.length === 0) return;
    const gateway = this.dice.pick(alive);
    this.killed++;
    gateway.client = undefined;
    gateway.asking = gateway.telling = false;
    gateway.leftLease = EVERY_LEASE;
    for (const gone of [...gateway.calls]) gone();
    gateway.calls.clear();
    this.noteFree();
    this.agenda.in(DOWN_MS, () => this.start(gateway));
  }

  /** Goes to its own gateway, or to the next that is there. */
  private request(client: number, crowd: Crowd, index: number): void {
    const count = this.gateways.length;
    const gateway = this.gateways
      .map((_, next) => this.gateways[(client + next) % count]!)
      .find((each) => each.client);
    const again = () => this.agenda.in(crowd.thinksMs(this.dice), () => this.request(client, crowd, index));
    if (!gateway?.client) return void this.agenda.in(TICK_MS, again);
    const asked = crowd.request(this.dice);
    const parts = partsOf(asked);
    const amounts = (of: (part: SimPart) => bigint): Amounts => ({
      ...NOTHING,
      ...Object.fromEntries(this.tallies.map(({ limit }, at) => [limit.unit, of(parts[at]!)])),
    });
    const { scope, revision } = this.scope;
    const request = {
      organizationId: ORGANIZATION,
      scopes: [{ ...scope, revision }],
      ...{ want: amounts(({ bound }) => bound), least: amounts(({ least }) => least), unpriced: false },
    };
    const need = (sign: bigint): void =>
      this.tallies.forEach((tally, at) => (tally.needed += sign * parts[at]!.least));
    const since = this.agenda.now;
    const gone = () => {
      need(-1n);
      again();
    };
    const done = (outcome: HoldOutcome): void => {
      if (!gateway.calls.delete(gone)) return;
      need(-1n);
      this.waits[index]?.push(this.agenda.now - since);
      if (outcome.kind === 'held') this.serve(gateway, outcome.hold, asked, again);
      else {
        this.refuse(outcome, parts);
        again();
      }
    };
    need(1n);
    gateway.calls.add(gone);
    const { now } = this.agenda;
    const atOnce = gateway.client.atOnce(request, now);
    if (!atOnce) gateway.client.wait(request, crowd.waitMs, now, done);
    else done(atOnce instanceof Hold ? { kind: 'held', hold: atOnce } : atOnce);
    this.flush(gateway);
  }

  private serve(gateway: SimGateway, hold: Hold, asked: SimRequest, again: () => void): void {
    const { file, client } = gateway;
    const attempt = ++this.attempts;
    const period = this.periods;
    const served = this.tallies.map((tally, at) => {
      const bound = hold.cap[tally.limit.unit];
      return { tally, bound, cost: minOf(partsOf(asked)[at]!.cost, bound) };
    });
    file.open(attempt, hold.chargesInFull());
    for (const { tally, bound } of served) tally.underWay += bound;
    this.noteFree();
    const gone = () => {
      served.forEach(({ tally, bound }, at) => {
        if (period === this.periods) tally.underWay -= bound;
        gateway.left[at]! += bound;
      });
      again();
    };
    gateway.calls.add(gone);
    this.agenda.in(asked.lastsMs, () => {
      this.billed += served[0]!.cost;
      if (!gateway.calls.delete(gone)) return;
      for (const { tally, bound, cost } of period === this.periods ? served : []) {
        tally.underWay -= bound;
        tally.spent += cost;
      }
      this.noteFree();
      const sum = {
        ...NOTHING,
        ...Object.fromEntries(served.map(({ tally, cost }) => [tally.limit.unit, cost])),
      };
      const charges = hold.chargesOf({ sum, doubt: NOTHING, kept: NOTHING });
      file.settle(attempt, charges);
      client?.settle(hold, charges);
      this.scheduleFacts(gateway);
      again();
    });
  }

  /** Held by those that were killed: the ledger does not know yet of what they have left. */
  private unreachableOf({ id }: Limit): bigint {
    let sum = 0n;
    for (const { file, leftLease } of this.gateways) {
      if (leftLease === 0n) continue;
      for (const lease of this.book.heldLeasesOf(file.journalId))
        if (lease.limitId === id && lease.number <= leftLease && lease.cap > lease.sum)
          sum += lease.cap - lease.sum;
    }
    return sum;
  }

  private noteFree(): void {
    for (const tally of this.tallies) tally.note(this.agenda.now, this.unreachableOf(tally.limit));
  }

  private refuse(outcome: HoldOutcome, parts: readonly SimPart[]): void {
    this.noteFree();
    this.refused++;
    this.used ??= this.billed;
    if (outcome.kind !== 'denied') this.faults.push(`a request ended as ${outcome.kind}`);
    const rooms = this.tallies.map((tally) => tally.lowest - minOf(tally.others, keptApart(outcome, tally)));
    if (rooms.every((room, at) => parts[at]!.least <= room))
      this.faults.push(
        `${parts.map(({ least }) => least).join()} was refused while ${rooms.join()} were free`,
      );
  }

  private tick(gateway: SimGateway): void {
    if (gateway.client?.isWaitedFor) gateway.client.tick(this.agenda.now);
    this.flush(gateway);
  }

  private sweep(gateway: SimGateway): void {
    gateway.client?.sweep(this.agenda.now);
    if (gateway.client?.needsSign(this.agenda.now)) this.tellFacts(gateway);
    this.scheduleFacts(gateway);
  }

  /** What comes at one time goes together. */
  private flush(gateway: SimGateway): void {
    const { client } = gateway;
    if (!client || gateway.asking || !client.hasAsks) return;
    gateway.asking = true;
    this.agenda.in(0, () => {
      if (gateway.client !== client) return;
      gateway.asking = false;
      this.sendAsks(gateway, client);
      this.flush(gateway);
    });
  }

  private sendAsks(gateway: SimGateway, client: LeaseClient): void {
    const { file, incarnation } = gateway;
    const { journalId: id } = file;
    const { asks, withdrawn } = client.nextAsks(this.agenda.now);
    this.agenda.in(ONE_WAY_MS, () => {
      this.tell({ type: 'WithdrawAsks', journalId: id, incarnation, askIds: withdrawn });
      const answers = asks.map((ask) => {
        const { id: askId, organizationId: _, scopes, wishes, waitMs, ...amounts } = ask;
        return this.tell(
          this.asAsked({
            type: 'AskSlices',
            ...{ askId, journalId: id, incarnation, organizationId: ORGANIZATION, waitMs },
            scopes: scopes.map(toScopeAt),
            wishes: wishes as AskSlices['wishes'],
            ...amounts,
          }),
        );
      });
      this.agenda.in(ONE_WAY_MS, () => {
        if (gateway.client !== client) return;
        asks.forEach((ask, index) => client.answered(ask.id, this.heard(answers[index]), this.agenda.now));
        this.hearWanted(client);
        this.afterNews(gateway);
      });
    });
  }

  /** Answers tell it too. */
  private hearWanted(client: LeaseClient): void {
    if (this.wanted.size === 0 || this.mutant === 'nobody is told that somebody waits') return;
    client.noticed({ kind: 'recall', limits: this.wanted }, this.agenda.now);
  }

  private heard(answer: SliceAnswer | undefined): ReturnType<typeof toAnswer> {
    const heard = toAnswer(answer);
    const forEver = this.mutant === 'denials that are never forgotten' && heard.kind === 'denied';
    return forEver && heard.validForMs ? { ...heard, validForMs: Infinity } : heard;
  }

  private asAsked(ask: AskSlices): AskSlices {
    const { limit } = this.scene;
    if (this.mutant === 'who waits for requests is refused at once' && limit.unit === 'requests')
      return { ...ask, waitMs: 0 };
    if (this.mutant === 'who can wait no longer is refused for the sake of the head') this.withdrawLate(ask);
    if (this.mutant === 'who does not wait is refused what others do not use') return { ...ask, waitMs: 0 };
    if (this.mutant !== 'greedy clamp') return ask;
    const row = this.book.presentRow(limit.id, this.time());
    const left = row ? freeOf(row) : limit.amount;
    const all = maxOf(ask.least[limit.unit], minOf(ask.want[limit.unit], left));
    return { ...ask, least: { ...ask.least, [limit.unit]: all } };
  }

  /** As it was told when it came. */
  private withdrawLate({ journalId: id, incarnation, askId }: AskSlices): void {
    const waiter = this.book.waiter(id, askId);
    if (waiter && waiter.until <= this.time())
      this.tell({ type: 'WithdrawAsks', journalId: id, incarnation, askIds: [askId] });
  }

  private afterNews(gateway: SimGateway): void {
    this.flush(gateway);
    this.scheduleFacts(gateway);
  }

  private scheduleFacts(gateway: SimGateway): void {
    const { client } = gateway;
    if (!client || gateway.telling || !client.hasFacts) return;
    gateway.telling = true;
    this.agenda.in(FACTS_AFTER_MS, () => {
      if (gateway.client !== client) return;
      gateway.telling = false;
      this.tellFacts(gateway);
    });
  }

  private tellFacts(gateway: SimGateway): void {
    const { client, file, finals, incarnation } = gateway;
    const left = [...gateway.left];
    if (!client || gateway.telling) return;
    gateway.telling = true;
    file.sync();
    const { journalId: id } = file;
    const [facts, sentAt] = [client.facts(this.agenda.now), this.agenda.now];
    const { acknowledgedBelow: below, lastLease } = client;
    const acknowledgedBelow = finals
      .map(({ number }) => number)
      .reduce((least, number) => minOf(least, number), below);
    this.agenda.in(ONE_WAY_MS, () => {
      const all = [...finals, ...facts.finals] as never;
      const heard = { acknowledgedBelow, lastLease, recordsUntold: false };
      this.tell({ type: 'CloseLeases', journalId: id, ...heard, finals: all });
      if (finals.length > 0) {
        this.tallies.forEach((tally, at) => {
          tally.spent += left[at]!;
          gateway.left[at]! -= left[at]!;
        });
        gateway.leftLease = 0n;
        this.noteFree();
      }
      const { reports } = facts;
      const unlimited = facts.unlimited.map(toScopeAt);
      const answer = this.tell({ type: 'ReportLeases', journalId: id, incarnation, reports, unlimited });
      this.agenda.in(ONE_WAY_MS, () => {
        if (gateway.client !== client) return;
        gateway.telling = false;
        gateway.finals = gateway.finals.slice(finals.length);
        const closed = client.heard(facts, answer, sentAt);
        this.hearWanted(client);
        file.leasesClosed([...finals.map(({ number }) => number), ...closed], undefined);
        this.afterNews(gateway);
      });
    });
  }

  private tell<C extends LedgerCommand>(command: C): LedgerAnswers[C['type']] {
    if (command.type === 'AskSlices') this.asked++;
    const before = new Map(this.book.rows);
    for (const changed of [this.book.changed.rows, this.book.changed.waiters]) changed.clear();
    const { answer, change } = decideLedger(command, this.book, this.time(), TERMS);
    this.book.apply(change);
    const { joined, freed, roomier } = linesMoved(this.book, before);
    if (roomier.length > 0)
      for (const gateway of this.gateways) this.push(gateway, { kind: 'room', limitIds: roomier });
    if (joined.size > 0) this.sayWanted(joined);
    if (freed.length > 0 && this.wanted.size > 0) this.serveSoon();
    this.book.changed.sliceOutcomes.length = 0;
    return answer as LedgerAnswers[C['type']];
  }

  private time(): Date {
    return new Date(START.getTime() + this.agenda.now);
  }

  private serveSoon(): void {
    if (this.serving) return;
    this.serving = true;
    this.agenda.in(1, () => {
      this.serving = false;
      this.serveLine();
    });
  }

  private serveLine(): void {
    const limitIds = this.tallies.map(({ limit }) => limit.id);
    for (const ask of asksToServe(limitIds, this.book, this.time())) {
      const answer = this.tell(this.asAsked(ask));
      if (answer.kind === 'waiting') continue;
      const to = this.gateways.find(({ file }) => file.journalId === ask.journalId)!;
      this.push(to, { kind: 'answered', askId: ask.askId, answer: toAnswer(answer) });
    }
    const wanted = wantedOf(limitIds, this.book, this.time());
    const calm = [...this.wanted.keys()].filter((id) => !wanted.has(id));
    if (calm.length > 0) {
      this.wanted = new Map([...this.wanted].filter(([id]) => wanted.has(id)));
      for (const gateway of this.gateways) this.push(gateway, { kind: 'calm', limitIds: calm });
    }
    if (wanted.size > 0) this.sayWanted(this.called(wanted));
  }

  /** Only for what was granted before they came. */
  private called(wanted: WantedLimits): WantedLimits {
    return this.mutant === 'what was granted beside who waits is not called back' ? this.wanted : wanted;
  }

  private look(): void {
    this.serveLine();
    if (this.wanted.size > 0) this.sayWanted(this.wanted, true);
  }

  /** What is new of it, or all again. */
  private sayWanted(wanted: WantedLimits, again = false): void {
    const before = (id: LimitId): bigint => this.wanted.get(id) ?? -1n;
    if (![...wanted].some(([id, turn]) => turn > before(id)) && !again) return;
    this.wanted = new Map([
      ...this.wanted,
      ...[...wanted].map(([id, turn]) => [id, maxOf(turn, before(id))] as const),
    ]);
    for (const gateway of this.gateways) this.push(gateway, { kind: 'recall', limits: this.wanted });
  }

  private push(to: SimGateway, notice: LedgerNotice): void {
    if (this.mutant === 'nobody is told that somebody waits' && notice.kind === 'recall') return;
    if (this.mutant === 'denials that are never forgotten' && notice.kind === 'room') return;
    const { client } = to;
    this.agenda.in(ONE_WAY_MS, () => {
      if (!client || to.client !== client) return;
      client.noticed(notice, this.agenda.now);
      this.afterNews(to);
    });
  }
}

const partsOf = ({ bound, least = bound, cost, beside }: SimRequest): readonly SimPart[] => [
  { bound, least, cost },
  ...(beside ? [{ ...beside, least: beside.bound }] : []),
];

/** What the ledger counted as spent or held, as it says, and was not; of a limit that it says nothing of it may be all. */
const keptApart = (outcome: HoldOutcome, { limit: { id, amount }, lowest }: Tally): bigint => {
  if (outcome.kind !== 'denied' || !outcome.limit) return 0n;
  const { limit, spent, held } = outcome.limit;
  return outcome.limit.id === id ? maxOf(0n, lowest - (limit - spent - held)) : amount;
};
