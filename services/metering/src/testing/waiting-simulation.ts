import { deriveId, type JournalId, journalId, type Limit, type LimitId } from '@gatehouse/kernel';
import { Hold, type HoldOutcome, LeaseClient, type LedgerNotice, NOTHING } from '@gatehouse/leases';
import type { AskSlices } from '../domain/journal/ask-slices';
import { asksToServe } from '../domain/journal/asks-to-serve';
import {
  decideLedger,
  type LedgerAnswers,
  LedgerBook,
  type LedgerCommand,
} from '../domain/ledger/ledger-book';
import { linesMoved } from '../domain/ledger/lines-moved';
import { keyOfScope, type ScopeInForce } from '../domain/limit/limit-in-force';
import { Dice } from './ledger-simulation';
import { ORGANIZATION, scopeWith, START } from './ledger-harness';
import { toAnswer } from './lease-simulation';

/** Clients that are alike, spread over all gateways. */
export interface Crowd {
  readonly clients: number;
  /** What one request may cost at most, costs, and how long it takes, in milliseconds. */
  readonly request: (dice: Dice) => {
    readonly bound: bigint;
    readonly cost: bigint;
    readonly lastsMs: number;
  };
  /** Between two requests, in milliseconds. */
  readonly thinksMs: (dice: Dice) => number;
  readonly waitMs: number;
  readonly startsMs?: number;
}

export interface Scene {
  readonly limit: Limit;
  readonly gateways: number;
  readonly crowds: readonly Crowd[];
  readonly lastsMs: number;
  /** It ends when the first is refused. */
  readonly untilRefused?: boolean;
}

/** A rule that is taken out. */
export type WaitingMutant =
  'nobody is told that somebody waits' | 'who waits for requests is refused at once';

export interface SceneResult {
  readonly faults: readonly string[];
  readonly refused: number;
  /** Share of the limit that was spent when the first was refused, or in the end, if nobody was. */
  readonly used: number;
  /** Per crowd: how long each of its requests waited for room, in milliseconds. */
  readonly waits: readonly (readonly number[])[];
  /** Asks that the ledger decided, repetitions and those of lines included. */
  readonly asked: number;
}

const ONE_WAY_MS = 2;
const FACTS_AFTER_MS = 10;
const TICK_MS = 25;
const SWEEP_MS = 1_000;
const LOOK_MS = 250;
/** For so long a refused request must not have fitted all the time: news take a while. */
const NEWS_MS = 250;
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
  readonly journalId: JournalId;
  readonly client: LeaseClient;
  asking: boolean;
  telling: boolean;
}

/**
 * Gateways with real lease clients, and the ledger's real decisions, in virtual time, over a network that loses nothing: who is
 * refused must not have fitted, by what is truly spent and under way. The same shows how much of a limit is used, and who
 * waits for how long.
 */
export class WaitingSimulation {
  private readonly agenda = new Agenda();
  private readonly dice: Dice;
  private readonly book = new LedgerBook();
  private readonly scope: ScopeInForce;
  private readonly gateways: readonly SimGateway[];
  private readonly faults: string[] = [];
  private readonly waits: number[][];
  private wanted: ReadonlySet<LimitId> = new Set();
  private serving = false;
  private spent = 0n;
  private underWay = 0n;
  /** Of requests that wait. */
  private needed = 0n;
  private history: { readonly at: number; readonly free: bigint }[] = [];
  private refused = 0;
  private asked = 0;
  private used: bigint | undefined;

  constructor(
    seed: number,
    private readonly scene: Scene,
    private readonly mutant?: WaitingMutant,
  ) {
    this.dice = new Dice(seed);
    this.scope = scopeWith('p', [scene.limit]);
    this.book.scopes.set(keyOfScope(this.scope.scope), this.scope);
    this.waits = scene.crowds.map(() => []);
    this.gateways = Array.from({ length: scene.gateways }, (_, index) => ({
      journalId: journalId(deriveId('jnl', String(index))),
      client: new LeaseClient(1n, () => true),
      asking: false,
      telling: false,
    }));
  }

  run(): SceneResult {
    const { scene, agenda } = this;
    for (const gateway of this.gateways) {
      this.tell({ type: 'BeginJournal', journalId: gateway.journalId, incarnation: 1n });
      agenda.every(TICK_MS, () => this.tick(gateway));
      agenda.every(SWEEP_MS, () => this.sweep(gateway));
    }
    agenda.every(LOOK_MS, () => this.look());
    scene.crowds.forEach((crowd, index) => {
      for (let client = 0; client < crowd.clients; client++) {
        const gateway = this.gateways[client % this.gateways.length]!;
        agenda.in((crowd.startsMs ?? 0) + this.dice.roll(1_000), () => this.request(gateway, crowd, index));
      }
    });
    const over = () =>
      agenda.now >= scene.lastsMs ||
      this.faults.length > 0 ||
      (scene.untilRefused === true && this.refused > 0);
    while (!over() && agenda.step());
    const used = Number(this.used ?? this.spent) / Number(scene.limit.amount);
    const { faults, refused, waits, asked } = this;
    return { faults, refused, used, waits, asked };
  }

  private request(gateway: SimGateway, crowd: Crowd, index: number): void {
    const { bound, cost, lastsMs } = crowd.request(this.dice);
    const amounts = { ...NOTHING, [this.scene.limit.unit]: bound };
    const { scope, revision } = this.scope;
    const request = {
      organizationId: ORGANIZATION,
      scopes: [{ ...scope, revision }],
      ...{ want: amounts, least: amounts, unpriced: false },
    };
    const since = this.agenda.now;
    const again = () => this.agenda.in(crowd.thinksMs(this.dice), () => this.request(gateway, crowd, index));
    const done = (outcome: HoldOutcome): void => {
      this.needed -= bound;
      this.waits[index]?.push(this.agenda.now - since);
      if (outcome.kind === 'held') this.serve(gateway, outcome.hold, { bound, cost, lastsMs }, again);
      else {
        this.refuse(outcome, bound);
        again();
      }
    };
    this.needed += bound;
    const hold = gateway.client.acquire(request, crowd.waitMs, this.agenda.now, done);
    if (hold) done({ kind: 'held', hold });
    this.flush(gateway);
  }

  private serve(
    gateway: SimGateway,
    hold: Hold,
    { bound, cost, lastsMs }: ReturnType<Crowd['request']>,
    again: () => void,
  ): void {
    this.underWay += bound;
    this.noteFree();
    this.agenda.in(lastsMs, () => {
      this.underWay -= bound;
      this.spent += cost;
      this.noteFree();
      const sum = { ...NOTHING, [this.scene.limit.unit]: cost };
      gateway.client.settle(hold, hold.chargesOf({ sum, doubt: NOTHING, kept: NOTHING }));
      this.scheduleFacts(gateway);
      again();
    });
  }

  private get free(): bigint {
    return this.scene.limit.amount - this.spent - this.underWay;
  }

  private noteFree(): void {
    const { now } = this.agenda;
    this.history.push({ at: now, free: this.free });
    // One before the time that is looked back stays: it held until the next.
    const first = this.history.findIndex(({ at }) => at > now - NEWS_MS);
    this.history.splice(0, Math.max(0, first - 1));
  }

  private refuse(outcome: HoldOutcome, bound: bigint): void {
    this.noteFree();
    this.refused++;
    this.used ??= this.spent;
    if (outcome.kind !== 'denied') this.faults.push(`a request ended as ${outcome.kind}`);
    const free = this.history.reduce((least, each) => (each.free < least ? each.free : least), this.free);
    if (bound + this.needed <= free) this.faults.push(`${bound} was refused while ${free} were free`);
  }

  private tick(gateway: SimGateway): void {
    if (gateway.client.isWaitedFor) gateway.client.tick(this.agenda.now);
    this.flush(gateway);
  }

  private sweep(gateway: SimGateway): void {
    gateway.client.sweep(this.agenda.now);
    if (gateway.client.needsSign(this.agenda.now)) this.tellFacts(gateway);
    this.scheduleFacts(gateway);
  }

  /** What comes at one time goes together. */
  private flush(gateway: SimGateway): void {
    if (gateway.asking || !gateway.client.hasAsks) return;
    gateway.asking = true;
    this.agenda.in(0, () => {
      gateway.asking = false;
      this.sendAsks(gateway);
      this.flush(gateway);
    });
  }

  private sendAsks(gateway: SimGateway): void {
    const { client, journalId: id } = gateway;
    const { asks, withdrawn } = client.nextAsks(this.agenda.now);
    this.agenda.in(ONE_WAY_MS, () => {
      this.tell({ type: 'WithdrawAsks', journalId: id, incarnation: 1n, askIds: withdrawn });
      const answers = asks.map((ask) => {
        const { id: askId, organizationId: _, scopes, wishes, waitMs, ...amounts } = ask;
        const waits =
          this.mutant === 'who waits for requests is refused at once' && this.scene.limit.unit === 'requests'
            ? 0
            : waitMs;
        return this.tell({
          type: 'AskSlices',
          ...{ askId, journalId: id, incarnation: 1n, organizationId: ORGANIZATION, waitMs: waits },
          scopes: scopes.map(({ kind, id: scopeId, revision }) => ({
            scope: { kind, id: scopeId },
            revision,
          })),
          wishes: wishes as AskSlices['wishes'],
          ...amounts,
        });
      });
      this.agenda.in(ONE_WAY_MS, () => {
        asks.forEach((ask, index) => client.answered(ask.id, toAnswer(answers[index]), this.agenda.now));
        this.afterNews(gateway);
      });
    });
  }

  private afterNews(gateway: SimGateway): void {
    this.flush(gateway);
    this.scheduleFacts(gateway);
  }

  private scheduleFacts(gateway: SimGateway): void {
    if (gateway.telling || !gateway.client.hasFacts) return;
    gateway.telling = true;
    this.agenda.in(FACTS_AFTER_MS, () => {
      gateway.telling = false;
      this.tellFacts(gateway);
    });
  }

  private tellFacts(gateway: SimGateway): void {
    if (gateway.telling) return;
    gateway.telling = true;
    const { client, journalId: id } = gateway;
    const [facts, sentAt] = [client.facts(this.agenda.now), this.agenda.now];
    const { acknowledgedBelow, lastLease } = client;
    this.agenda.in(ONE_WAY_MS, () => {
      const finals = facts.finals as never;
      this.tell({ type: 'CloseLeases', journalId: id, acknowledgedBelow, lastLease, finals });
      const { reports } = facts;
      const answer = this.tell({ type: 'ReportLeases', journalId: id, incarnation: 1n, reports });
      this.agenda.in(ONE_WAY_MS, () => {
        gateway.telling = false;
        client.heard(facts, answer, sentAt);
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
    const { joined, freed } = linesMoved(this.book, before);
    if (joined.some((limitId) => !this.wanted.has(limitId))) this.sayWanted(new Set(joined));
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
    for (const ask of asksToServe([this.scene.limit.id], this.book, this.time())) {
      const answer = this.tell(ask);
      if (answer.kind === 'waiting') continue;
      const to = this.gateways.find(({ journalId: id }) => id === ask.journalId)!;
      this.push(to, { kind: 'answered', askId: ask.askId, answer: toAnswer(answer) });
    }
    if (this.book.waiters.size === 0) this.sayWanted(new Set());
  }

  private look(): void {
    this.serveLine();
    if (this.wanted.size > 0) this.sayWanted(this.wanted);
  }

  private sayWanted(wanted: ReadonlySet<LimitId>): void {
    const calm = this.wanted.size > 0 && wanted.size === 0;
    const limitIds = [this.scene.limit.id];
    this.wanted = wanted;
    for (const gateway of this.gateways) {
      if (wanted.size > 0) this.push(gateway, { kind: 'recall', limitIds });
      if (calm) this.push(gateway, { kind: 'calm', limitIds });
    }
  }

  private push(to: SimGateway, notice: LedgerNotice): void {
    if (this.mutant === 'nobody is told that somebody waits' && notice.kind === 'recall') return;
    this.agenda.in(ONE_WAY_MS, () => {
      to.client.noticed(notice, this.agenda.now);
      this.afterNews(to);
    });
  }
}
