import { AMOUNT_MAX, type Amounts, maxOf, minOf, NOTHING, type Unit } from './amounts';
import { Denials } from './denials';
import {
  ANY_TURN,
  type Denial,
  type Facts,
  type FactsAnswer,
  type LeaseName,
  type LedgerNotice,
  namesOf,
  type SliceAnswer,
  type SliceAsk,
} from './exchange';
import type { HeldPart, Hold, HoldRequest, LeaseCharge } from './hold';
import { LeaseBook } from './lease-book';
import type { AskedAhead, Pool } from './pool';

/** How the wait for room ended. */
export type HoldOutcome =
  | { readonly kind: 'held'; readonly hold: Hold }
  | Denial
  /** A scope has ended by the ledger's clock. */
  | { readonly kind: 'expired' }
  /** The ledger does not answer, has not heard of these limits yet, or serves nothing just now. */
  | { readonly kind: 'unavailable' };

/** A request that waits. */
interface Waiter {
  readonly request: HoldRequest;
  readonly since: number;
  /** When it came, or asked for the last time, in time that was seen to pass. */
  seenSince: number;
  /** When it stops standing in line. */
  readonly until: number;
  readonly done: (outcome: HoldOutcome) => void;
  /** What it holds already. */
  pinned: readonly HeldPart[];
  /** Grants that were over before they came, or that others had used. */
  tries: number;
  denial?: Denial;
}

/** An ask on its way, or in the ledger's line. It is forgotten when it has its answer, and never before. */
interface Asking {
  ask: SliceAsk;
  /** From 1, in the order in which they were made. */
  readonly number: number;
  /** Of its line. */
  readonly key: string;
  /** Absent where nobody waits for it any more, and where it asks ahead of need. */
  waiter: Waiter | undefined;
  sentAt: number | undefined;
  /** The highest number of a lease that was heard of when it was first sent: what it is granted has a higher one. */
  heardBefore: bigint;
  /** What it asks for ahead of need: until it has its answer nobody else does. */
  readonly ahead: readonly AskedAhead[];
}

/** Requests of the same scopes: one asks for all, as long as what it is granted serves the others. */
interface Line {
  readonly key: string;
  readonly waiting: Waiter[];
  scout: Asking | undefined;
  /** Nothing is asked before then. */
  again: number;
}

/** How long a request waits for a ledger that does not answer, or has not heard of its limits yet. */
const PATIENCE_MS = 500;
/** How long for one that answered last time. */
const ANSWER_MS = 2_000;
/** Who does not wait for holds in flight waits so long for what others do not use: that is called back, and given back. */
const RECALL_MS = 100;
/** Longer between two ticks, a process stood still. */
const STALL_MS = 50;
const AGAIN_MS = 25;
const TRIES_MAX = 3;
const ASKS_MAX = 128;
const WITHDRAWN_MAX = 256;
/** For how many seconds of demand a slice is asked. */
const SLICE_SECONDS = 2n;
/** Below so many seconds of demand the next slice is asked for. */
const AHEAD_SECONDS = 0.5;
/** How long a limit counts as wanted, unless that is said again. */
const WANTED_MS = 1_000;
/** For how long nothing is asked ahead of a limit of which there was nothing to be had so. */
const SCARCE_MS = 250;
/** Before what is known of limits is over, it is asked for again. */
const KNOWN_AHEAD_MS = 5_000;

/**
 * A journal's part of the bargain: admits from its leases what fits, asks the ledger for what does not, and stands in its
 * line. Pure but for what it keeps: whoever drives it brings the time, sends what it hands out, and brings the answers.
 */
export class LeaseClient {
  private readonly book = new LeaseBook();
  private readonly denials = new Denials();
  private readonly lines = new Map<string, Line>();
  private readonly unsent = new Map<string, Asking>();
  private readonly sent = new Map<string, Asking>();
  /** In the ledger's line. */
  private readonly standing = new Map<string, Asking>();
  /** Answers to what was not known to stand in line yet. */
  private readonly early = new Map<string, SliceAnswer>();
  private readonly withdrawn: string[] = [];
  private asks = 0;
  private down = false;
  /** Milliseconds that were seen to pass: while a process stands still, answers wait to be read, and nobody's patience ends. */
  private seen = 0;
  private tickedAt = 0;

  /**
   * @param incarnation of the journal: its asks have other ids than those of before.
   * @param opened writes leases down before anything is admitted under them; answers false where it cannot, and is asked again.
   */
  constructor(
    private readonly incarnation: bigint,
    private readonly opened: (leases: readonly LeaseName[]) => boolean,
  ) {}

  /** The highest number of a lease that was heard of; 0 before the first. */
  get lastLease(): bigint {
    return this.book.last;
  }

  /** Every lease with a smaller number is done with. */
  get acknowledgedBelow(): bigint {
    let below = this.book.acknowledgedBelow;
    // An answer that was overtaken, or could not be written down, may tell of leases with smaller numbers than those of others.
    for (const asked of [this.unsent, this.sent, this.standing])
      for (const { sentAt, heardBefore } of asked.values())
        if (sentAt !== undefined) below = minOf(below, heardBefore + 1n);
    return below;
  }

  /** @param lastLease the number of the newest lease that earlier incarnations were granted, by the ledger's books or the journal's. */
  begun(lastLease: bigint): void {
    this.book.last = lastLease;
  }

  /** How many asks were made so far. */
  get asked(): number {
    return this.asks;
  }

  /** Of the first so many asks one has no answer yet: what it was granted is not known. */
  awaits(asked: number): boolean {
    return [this.unsent, this.sent, this.standing].some((asks) =>
      [...asks.values()].some(({ number }) => number <= asked),
    );
  }

  /** A lease of which the ledger does not have the final yet. */
  holds(lease: bigint): boolean {
    return this.book.has(lease);
  }

  /** A lease has been silent for so long that its `facts` are due. */
  needsSign(now: number): boolean {
    return this.book.needsSign(now);
  }

  /** How many leases admit requests, and how many only wait until the ledger has their final. */
  leases(now: number): { readonly admitting: number; readonly ending: number } {
    return this.book.count(now);
  }

  get hasAsks(): boolean {
    return this.unsent.size > 0 || this.withdrawn.length > 0;
  }

  /** Something was settled, or is over, that the ledger is to hear of soon. */
  get hasFacts(): boolean {
    return this.book.hasFacts;
  }

  /** Somebody waits, so that `tick` is to be called soon. */
  get isWaitedFor(): boolean {
    return this.lines.size > 0 || this.standing.size > 0;
  }

  /**
   * Room for a request, or what it is denied by: where the journal's leases have room, or the ledger has said what it would answer. Undefined
   * where it is to `wait`.
   */
  atOnce(request: HoldRequest, now: number): Hold | Denial | undefined {
    const hold = this.book.hold(request, 'want', now);
    if (!hold) return this.denials.of(request, now);
    this.askAhead(request, hold, now);
    return hold;
  }

  /**
   * For one that was not served at once: the ledger is asked.
   *
   * @param waitMs how long it may stand in line for holds in flight, and for slices that lie idle elsewhere; for these a tenth of a
   * second at the least.
   * @param done is told how it ended, once and later.
   */
  wait(request: HoldRequest, waitMs: number, now: number, done: (outcome: HoldOutcome) => void): void {
    const line = this.lineOf(keyOf(request));
    const waiter: Waiter = {
      request,
      since: now,
      seenSince: this.seen,
      until: now + Math.max(waitMs, RECALL_MS),
      done,
      pinned: [],
      tries: 0,
    };
    line.waiting.push(waiter);
    this.scout(line, now);
  }

  /** Whoever waited has gone. `done` is told all the same, perhaps of a hold, to be given back. */
  withdraw(done: (outcome: HoldOutcome) => void): void {
    for (const { waiting } of this.lines.values()) {
      const at = waiting.findIndex((waiter) => waiter.done === done);
      if (at < 0) continue;
      const [gone] = waiting.splice(at, 1);
      this.end(gone, { kind: 'unavailable' });
    }
    for (const asking of [...this.unsent.values(), ...this.sent.values()])
      if (asking.waiter?.done === done) this.giveUp(asking, { kind: 'unavailable' });
    for (const asking of this.standing.values()) {
      if (asking.waiter?.done !== done) continue;
      this.leaveLine(asking);
      done({ kind: 'unavailable' });
    }
  }

  settle(hold: Hold, charges: readonly LeaseCharge[]): void {
    this.book.settle(hold, charges);
  }

  /** Nothing was sent under it. */
  giveBack(hold: Hold): void {
    this.book.giveBack(hold.parts);
  }

  /** What is to be asked now, and which asks nobody waits for any more. */
  nextAsks(now: number): { readonly asks: readonly SliceAsk[]; readonly withdrawn: readonly string[] } {
    const asking = [...this.unsent.values()].slice(0, ASKS_MAX);
    for (const each of asking) {
      if (each.sentAt === undefined) {
        each.sentAt = now;
        each.heardBefore = this.book.last;
      }
      this.unsent.delete(each.ask.id);
      this.sent.set(each.ask.id, each);
    }
    const withdrawn = this.withdrawn.splice(0, WITHDRAWN_MAX);
    return { asks: asking.map(({ ask }) => ask), withdrawn };
  }

  answered(askId: string, answer: SliceAnswer, now: number): void {
    this.down = false;
    const asking = this.sent.get(askId);
    this.sent.delete(askId);
    const early = this.early.get(askId);
    this.early.delete(askId);
    if (asking) this.resolve(asking, answer.kind === 'waiting' ? (early ?? answer) : answer, now);
  }

  /** They may have been heard or not: they are asked again, under their own ids. */
  unanswered(asks: readonly SliceAsk[]): void {
    this.down = true;
    for (const { id } of asks) {
      const asking = this.sent.get(id);
      this.sent.delete(id);
      if (asking) this.unsent.set(id, asking);
    }
  }

  noticed(notice: LedgerNotice, now: number): void {
    switch (notice.kind) {
      case 'recall':
        this.book.recall(notice.limits, now + WANTED_MS);
        for (const asking of [...this.standing.values()]) this.keepNothingWanted(asking, now);
        return;
      case 'calm':
        return this.book.calm(notice.limitIds);
      case 'room':
        return this.denials.room(notice.limitIds, now);
      case 'changed':
        this.denials.forget(notice.scopes, now);
        return this.book.forget(notice.scopes);
      case 'answered': {
        const asking = this.standing.get(notice.askId);
        this.standing.delete(notice.askId);
        if (asking) this.resolve(asking, notice.answer, now);
        else if (this.sent.has(notice.askId)) this.early.set(notice.askId, notice.answer);
      }
    }
  }

  /**
   * Somebody may wait for what a request in line keeps, and keep what that waits for: neither would be served. So it stands in line for all
   * that it needs, and keeps nothing.
   */
  private keepNothingWanted(asking: Asking, now: number): void {
    const { waiter } = asking;
    if (!waiter?.pinned.some(({ pool }) => pool.wantedUntil > now)) return;
    this.leaveLine(asking);
    waiter.pinned = [];
    this.askFor(this.lineOf(asking.key), waiter, now, 'needed');
  }

  /** The notices were cut off: whatever stands in line is asked once more, under its own id. */
  askStandingAgain(): void {
    for (const [id, asking] of this.standing) {
      this.standing.delete(id);
      this.unsent.set(id, asking);
    }
  }

  /** What the ledger is to hear now. */
  facts(now: number): Facts {
    return this.book.facts(now);
  }

  /** Answers the numbers of the leases that are done with. */
  heard(facts: Facts, answer: FactsAnswer, sentAt: number): readonly bigint[] {
    return this.book.heard(facts, answer, sentAt);
  }

  unheard(facts: Facts): void {
    this.book.unheard(facts);
  }

  /** Those who waited long enough are told so. */
  tick(now: number): void {
    this.seen += Math.min(now - this.tickedAt, STALL_MS);
    this.tickedAt = now;
    for (const asking of this.standing.values()) {
      const { waiter } = asking;
      if (waiter && now >= waiter.until) this.askForTheLastTime(asking, waiter);
    }
    for (const asking of [...this.unsent.values(), ...this.sent.values()]) {
      const { waiter } = asking;
      if (waiter && this.isLate(waiter, now)) this.giveUp(asking, waiter.denial ?? { kind: 'unavailable' });
    }
    for (const line of this.lines.values()) {
      for (const waiter of line.waiting.filter((each) => this.isLate(each, now))) {
        line.waiting.splice(line.waiting.indexOf(waiter), 1);
        this.end(waiter, waiter.denial ?? { kind: 'unavailable' });
      }
      this.scout(line, now);
    }
  }

  /** Leases that are over, or that nobody uses, go back. */
  sweep(now: number): void {
    this.book.sweep(now);
    this.denials.sweep(now);
  }

  /** The process ends: what is idle goes back. */
  retireAll(): void {
    this.book.retireAll();
  }

  private lineOf(key: string): Line {
    const line = this.lines.get(key) ?? { key, waiting: [], scout: undefined, again: 0 };
    this.lines.set(key, line);
    return line;
  }

  /** The first in line asks, for those behind it too. */
  private scout(line: Line, now: number): void {
    if (line.scout || now < line.again) return;
    const waiter = line.waiting.shift();
    if (waiter) line.scout = this.askOf(line, waiter, now);
    else this.lines.delete(line.key);
  }

  /** What the first was told holds for those behind it as well, or does not: where the ledger has not said so, each finds out for itself. */
  private askEach(line: Line, now: number): void {
    const others = line.waiting.filter(({ denial }) => !denial);
    for (const waiter of others) {
      line.waiting.splice(line.waiting.indexOf(waiter), 1);
      const denial = this.denials.of(waiter.request, now);
      if (denial) this.end(waiter, denial);
      else this.askOf(line, waiter, now, 'needed');
    }
  }

  private askOf(line: Line, waiter: Waiter, now: number, wish: 'ahead' | 'needed' = 'ahead'): Asking {
    waiter.pinned = this.book.pin(waiter.request, now);
    return this.askFor(line, waiter, now, wish);
  }

  private askFor(line: Line, waiter: Waiter, now: number, wish: 'ahead' | 'needed'): Asking {
    const waitMs = Math.max(0, Math.ceil(waiter.until - now));
    const wishes = this.wishesOf(waiter, line, now, wish);
    return this.ask(line, { ...waiter.request, wishes, waitMs }, waiter);
  }

  private ask(
    line: Line,
    what: Omit<SliceAsk, 'id'>,
    waiter: Waiter | undefined,
    ahead: readonly AskedAhead[] = NOT_AHEAD,
  ): Asking {
    const { organizationId, scopes, want, least, unpriced, wishes, waitMs } = what;
    const number = ++this.asks;
    const id = `${this.incarnation}.${number}`;
    const ask = { id, organizationId, scopes, want, least, unpriced, wishes, waitMs };
    const asking = { ask, number, key: line.key, waiter, sentAt: undefined, heardBefore: 0n, ahead };
    for (const each of ahead) each.askedAhead = true;
    this.unsent.set(id, asking);
    return asking;
  }

  /** Of each limit that is known: nothing where the request has its part, else what all who wait and the next seconds need. */
  private wishesOf(
    { request, pinned }: Waiter,
    { waiting }: Line,
    now: number,
    wish: 'ahead' | 'needed',
  ): Map<string, bigint> {
    const wishes = new Map<string, bigint>();
    const covered = new Set(pinned.map(({ pool }) => pool));
    const others = waiting.map(({ request: { want } }) => want);
    for (const pool of this.book.poolsOf(request.scopes, now)) {
      const { unit } = pool;
      const needed = minOf(request.want[unit] + (wish === 'ahead' ? sumOf(others, unit) : 0n), AMOUNT_MAX);
      const wished = wish === 'ahead' ? this.wishOf(pool, needed, now) : needed;
      wishes.set(pool.state.id, covered.has(pool) ? 0n : wished);
    }
    return wishes;
  }

  private wishOf(pool: Pool, needed: bigint, now: number): bigint {
    // What is left of the slices before is of more use to others.
    this.book.retireBelow(pool, maxOf(needed / 8n, 1n));
    return maxOf(needed, ofSeconds(pool, now));
  }

  /** Steady demand never comes to the end of a slice, nor of what is known. Of what many share one asks, whoever comes first. */
  private askAhead(request: HoldRequest, { parts, knownUntil }: Hold, now: number): void {
    const soon = now + KNOWN_AHEAD_MS;
    let low = NONE_LOW;
    for (const part of parts) if (isLow(part, now)) low = [...low, part.pool];
    if (knownUntil > soon && low.length === 0) return;
    const over = this.book.overBefore(request.scopes, soon);
    if (over.length + low.length === 0) return;
    const line = this.lineOf(keyOf(request));
    if (line.scout || line.waiting.length > 0) return;
    const wishes = new Map(parts.map(({ pool }) => [pool.state.id, 0n]));
    for (const pool of low) wishes.set(pool.state.id, ofSeconds(pool, now));
    const ask = { ...request, least: NOTHING, wishes, waitMs: 0 };
    line.scout = this.ask(line, ask, undefined, [...over, ...low]);
  }

  private resolve(asking: Asking, answer: SliceAnswer, now: number): void {
    const { ask, waiter } = asking;
    const line = this.lineOf(asking.key);
    if (answer.kind === 'granted' && !this.opened(namesOf(answer, ask.organizationId))) {
      this.unsent.set(ask.id, asking);
      return;
    }
    if (line.scout === asking) line.scout = undefined;
    for (const each of asking.ahead) each.askedAhead = false;
    switch (answer.kind) {
      case 'granted':
        this.book.granted(answer, ask.organizationId, asking.sentAt ?? now, now);
        if (!waiter) this.book.scarce(ask.wishes, answer, now + SCARCE_MS);
        if (waiter) this.serve(line, waiter, now);
        this.serveOthers(line, now);
        break;
      case 'waiting':
        this.recallFor(answer.denial, now);
        if (waiter) waiter.denial = answer.denial;
        this.standing.set(ask.id, asking);
        if (!waiter) this.leaveLine(asking);
        else this.keepNothingWanted(asking, now);
        break;
      case 'notSeen':
        if (waiter) this.putOff(line, waiter, now);
        return;
      case 'denied':
        // Others of its line may have been granted more than they needed, of limits that are known as of now.
        if (waiter && this.servedHere(waiter, 'want', now)) break;
        this.denials.keep(ask, answer, asking.sentAt ?? now, now);
        this.recallFor(answer, now);
        this.end(waiter, answer);
        break;
      case 'expired':
        this.end(waiter, { kind: 'expired' });
        break;
      case 'refused':
        this.end(waiter, { kind: 'unavailable' });
        break;
    }
    this.askEach(line, now);
    this.scout(line, now);
  }

  private serve(line: Line, waiter: Waiter, now: number): void {
    if (this.servedHere(waiter, 'least', now)) return;
    // A grant just before the end of a window is over before it arrives: the next one is of the new window.
    if (++waiter.tries < TRIES_MAX) this.putBack(line, waiter);
    else this.end(waiter, { kind: 'unavailable' });
  }

  private servedHere(waiter: Waiter, accept: 'want' | 'least', now: number): boolean {
    const hold = this.book.hold(waiter.request, accept, now, waiter.pinned);
    if (!hold) return false;
    waiter.pinned = [];
    waiter.done({ kind: 'held', hold });
    return true;
  }

  /** Those who came meanwhile and fit beside. */
  private serveOthers(line: Line, now: number): void {
    for (const waiter of [...line.waiting]) {
      const hold = this.book.hold(waiter.request, 'want', now);
      if (!hold) continue;
      line.waiting.splice(line.waiting.indexOf(waiter), 1);
      waiter.done({ kind: 'held', hold });
    }
  }

  private putBack(line: Line, waiter: Waiter): void {
    this.book.unpin(waiter.pinned);
    waiter.pinned = [];
    const behind = line.waiting.findIndex(({ since }) => since > waiter.since);
    line.waiting.splice(behind < 0 ? line.waiting.length : behind, 0, waiter);
  }

  /** What others need is not kept here. */
  private recallFor({ limit, mayFitLater }: Denial, now: number): void {
    if (limit && mayFitLater) this.book.recall(new Map([[limit.id, ANY_TURN]]), now + WANTED_MS);
  }

  /** The ledger has not heard of its limits yet: it asks again a little later. */
  private putOff(line: Line, waiter: Waiter, now: number): void {
    line.again = now + AGAIN_MS;
    this.putBack(line, waiter);
  }

  private end(waiter: Waiter | undefined, outcome: HoldOutcome): void {
    if (!waiter) return;
    this.book.unpin(waiter.pinned);
    waiter.pinned = [];
    waiter.done(outcome);
  }

  /** What the ledger grants all the same is of use to others, or goes back. */
  private giveUp(asking: Asking, outcome: HoldOutcome): void {
    const { waiter } = asking;
    asking.waiter = undefined;
    this.end(waiter, outcome);
  }

  private isLate({ seenSince, until }: Waiter, now: number): boolean {
    const waited = this.seen - seenSince;
    return this.down ? waited >= PATIENCE_MS : now >= until && waited >= ANSWER_MS;
  }

  /** Without a wait it is answered at once, by what is free then: what it was told when it came may be long out of date. */
  private askForTheLastTime(asking: Asking, waiter: Waiter): void {
    const { ask } = asking;
    this.standing.delete(ask.id);
    this.unsent.set(ask.id, asking);
    asking.ask = { ...ask, waitMs: 0 };
    waiter.seenSince = this.seen;
  }

  /** It is asked once more: what it was granted meanwhile is of use to others, or goes back. */
  private leaveLine(asking: Asking): void {
    const { ask, waiter } = asking;
    this.standing.delete(ask.id);
    this.withdrawn.push(ask.id);
    this.unsent.set(ask.id, asking);
    asking.ask = { ...ask, waitMs: 0 };
    asking.waiter = undefined;
    if (waiter) this.book.unpin(waiter.pinned);
  }
}

const NOT_AHEAD: readonly AskedAhead[] = [];
const NONE_LOW: readonly Pool[] = [];

/** Its latest lease has less than is asked for in the next half second, and nobody has asked for more. */
const isLow = ({ pool, lease }: HeldPart, now: number): boolean =>
  !pool.askedAhead &&
  pool.scarceUntil <= now &&
  pool.leases[pool.leases.length - 1] === lease &&
  pool.demand.exceeds(lease.room, AHEAD_SECONDS, now);

/** What a slice is to be, by the demand of late. */
const ofSeconds = ({ demand }: Pool, now: number): bigint =>
  minOf(demand.rate(now) * SLICE_SECONDS, AMOUNT_MAX);

const keyOf = ({ scopes }: HoldRequest): string => scopes.map(({ kind, id }) => `${kind} ${id}`).join(' ');

const sumOf = (amounts: readonly Amounts[], unit: Unit): bigint =>
  amounts.reduce((sum, each) => sum + each[unit], 0n);
