import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Clock } from '@gatehouse/kernel';
import {
  type AcknowledgedLeases,
  Hold,
  type HoldOutcome,
  type HoldRequest,
  type LeaseCharge,
  LeaseClient,
  type LeaseFinal,
  type LeaseName,
  type LedgerNotice,
  type SliceAsk,
} from '@gatehouse/leases';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import { Ledger, type Waiting } from '../../app/gateway.ports';
import type { LeaseNotices } from './lease-notices';
import {
  fromProtoFactsAnswer,
  fromProtoHeldLease,
  fromProtoSliceAnswer,
  fromProtoWanted,
  type JournalName,
  toProtoFacts,
  toProtoSliceAsk,
  unusedFinal,
} from './ledger-messages';
import type { LedgerRpc } from './ledger-rpc';

/** The journal, as far as the ledger is concerned. */
export interface LeaseJournal extends JournalName {
  /** The highest number of a lease that was written down, by earlier processes too. */
  readonly lastLease: bigint;
  readonly acknowledged: Pick<AcknowledgedLeases, 'ranges' | 'recoveredAt'>;
  /** The bus lacks records of what was settled under leases. */
  readonly recordsUntold: boolean;
  /** What was acknowledged of a lease; undefined where that was long ago, or never. */
  closedFinal(number: bigint): LeaseFinal | undefined;
  /** Errors: AppError UNAVAILABLE. Nothing may be admitted under the lease then. */
  leaseOpened(name: LeaseName): void;
  /** @param recoveredAt as the ledger said that acknowledged them. */
  leasesClosed(numbers: readonly bigint[], recoveredAt: Date | undefined): void;
  /** Resolves when all that was written is on disk. */
  synced(): Promise<void>;
}

export interface GrpcLedgerOptions {
  readonly rpc: LedgerRpc;
  readonly journal: LeaseJournal;
  readonly notices: LeaseNotices;
  readonly clock: Clock;
  readonly log: Pick<ServiceLog, 'info' | 'warn' | 'error'>;
}

export type LedgerState = 'starting' | 'open' | 'fenced' | 'stopped';

/** What is held and waited for just now. */
export interface LedgerStanding {
  readonly state: LedgerState;
  /** Requests that hold room. */
  readonly holds: number;
  /** Requests that wait for room. */
  readonly waiting: number;
  /** Leases that admit, and those that only wait for their end. */
  readonly leases: { readonly admitting: number; readonly ending: number };
}

/** What had been heard and asked when the ledger was found to be restored. */
interface Lost {
  readonly lastLease: bigint;
  readonly asked: number;
}

const EXCHANGE_DEADLINE_MS = 5_000;
const ASKS_IN_FLIGHT_MAX = 4;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;
/** How long facts wait for others. */
const FACTS_AFTER_MS = 10;
/** How often those who wait are looked at, and leases that nobody uses. */
const TICK_MS = 25;
const SWEEP_MS = 1_000;

/**
 * The ledger over gRPC: what the leases of this journal do not have is asked of it, batched, and what was settled under them is
 * told. Facts leave once the journal has them on disk.
 */
export class GrpcLedger extends Ledger {
  private readonly client: LeaseClient;
  /** Of leases of earlier incarnations. */
  private finals: readonly LeaseFinal[] = [];
  private state: LedgerState = 'starting';
  private holds = 0;
  private waiting = 0;
  private asking = 0;
  private askScheduled = false;
  private askAgainMs = 0;
  private telling: Promise<void> | undefined;
  private factsTimer: NodeJS.Timeout | undefined;
  private factsAgainMs = FACTS_AFTER_MS;
  private ticking: NodeJS.Timeout | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private opened = false;
  /** When the ledger was recovered last, as it said; 0: never; undefined: nothing was heard of it yet. */
  private recovered: number | undefined;
  /** Absent where the ledger has not said that it was restored, or where all was said since. */
  private lost: Lost | undefined;
  /** Until it is known what it is to be told of that; it never rejects. */
  private closingLost: Promise<void> | undefined;

  constructor(private readonly options: GrpcLedgerOptions) {
    super();
    this.client = new LeaseClient(options.journal.incarnation, (leases) => this.writeDown(leases));
    this.recovered = options.journal.acknowledged.recoveredAt?.getTime();
  }

  get begun(): boolean {
    return this.opened;
  }

  /** It has heard all. One that was restored is still to be told what was closed since its backup, once it grants again. */
  get isTold(): boolean {
    return this.opened && !this.hasFacts && this.lost === undefined && this.closingLost === undefined;
  }

  get journalId(): string {
    return this.options.journal.journalId;
  }

  get standing(): LedgerStanding {
    const { state, holds, waiting } = this;
    return { state, holds, waiting, leases: this.client.leases(this.options.clock.monotonicMs()) };
  }

  /**
   * Begins the incarnation as soon as the ledger answers; until then nothing is asked.
   *
   * @param finals of all leases that the journal holds of earlier incarnations.
   */
  start(finals: readonly LeaseFinal[]): void {
    this.finals = finals;
    this.client.begun(this.options.journal.lastLease);
    this.sweeping = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeping.unref();
    this.options.notices.listen(
      (notice) => this.hear(notice),
      () => this.askStandingAgain(),
    );
    void this.begin();
  }

  /** Leases go back as far as the ledger answers; what it does not hear is in the journal. */
  async stop(): Promise<void> {
    this.client.retireAll();
    while (this.state === 'open' && this.factsAgainMs === FACTS_AFTER_MS && this.hasFacts)
      await this.tellFacts();
    this.state = 'stopped';
    clearInterval(this.sweeping);
    clearInterval(this.ticking);
    clearTimeout(this.factsTimer);
    this.options.notices.stop();
    this.options.rpc.close();
  }

  acquire(request: HoldRequest, waitMs: number): Hold | Waiting {
    const now = this.options.clock.monotonicMs();
    const atOnce = this.client.atOnce(request, now);
    if (!atOnce) return this.waitFor(request, waitMs, now);
    this.scheduleAsks();
    if (!(atOnce instanceof Hold)) return { outcome: Promise.resolve(atOnce), withdraw: () => undefined };
    this.holds++;
    return atOnce;
  }

  settle(hold: Hold, charges: readonly LeaseCharge[]): void {
    this.holds--;
    this.client.settle(hold, charges);
    this.scheduleFacts();
  }

  giveBack(hold: Hold): void {
    this.holds--;
    this.client.giveBack(hold);
    this.scheduleFacts();
  }

  private waitFor(request: HoldRequest, waitMs: number, now: number): Waiting {
    let tell: (outcome: HoldOutcome) => void;
    const outcome = new Promise<HoldOutcome>((resolve) => (tell = resolve));
    const done = (ended: HoldOutcome): void => {
      this.waiting--;
      if (ended.kind === 'held') this.holds++;
      tell(ended);
    };
    this.client.wait(request, waitMs, now, done);
    this.waiting++;
    this.scheduleAsks();
    this.keepTicking();
    return { outcome, withdraw: () => this.client.withdraw(done) };
  }

  private hear(notice: LedgerNotice): void {
    this.client.noticed(notice, this.options.clock.monotonicMs());
    this.scheduleAsks();
    this.scheduleFacts();
  }

  private askStandingAgain(): void {
    this.client.askStandingAgain();
    this.scheduleAsks();
  }

  /** What comes in one turn of the event loop goes together. */
  private scheduleAsks(): void {
    if (this.askScheduled || !this.client.hasAsks || this.state !== 'open') return;
    if (this.asking >= (this.askAgainMs > 0 ? 1 : ASKS_IN_FLIGHT_MAX)) return;
    this.askScheduled = true;
    setImmediate(() => {
      this.askScheduled = false;
      void this.sendAsks();
    });
  }

  private async sendAsks(): Promise<void> {
    if (this.askAgainMs > 0) await sleep(this.askAgainMs, undefined, { ref: false });
    if (this.state !== 'open') return;
    const { asks, withdrawn } = this.client.nextAsks(this.options.clock.monotonicMs());
    if (asks.length + withdrawn.length === 0) return;
    this.asking++;
    try {
      const answer = await this.exchange({ withdrawn: [...withdrawn], asks: asks.map(toProtoSliceAsk) });
      if (this.askAgainMs > 0) this.options.log.info({}, 'the ledger answers again');
      this.askAgainMs = 0;
      this.answer(asks, answer.answers);
      this.recall(answer);
      this.heardOfRestore(answer);
    } catch (error) {
      this.failed(error, 'the ledger does not answer');
      this.client.unanswered(asks);
      this.askAgainMs = nextDelay(this.askAgainMs);
    } finally {
      this.asking--;
    }
    this.scheduleAsks();
    this.scheduleFacts();
  }

  private answer(asks: readonly SliceAsk[], answers: readonly meteringV1.SliceAnswer[]): void {
    const now = this.options.clock.monotonicMs();
    asks.forEach((ask, index) =>
      this.client.answered(ask.id, fromProtoSliceAnswer(answers[index] ?? { outcome: undefined }), now),
    );
  }

  private heardOfRestore({
    restored,
    recoveredAt,
  }: Pick<meteringV1.ExchangeResponse, 'restored' | 'recoveredAt'>): void {
    const recovered = recoveredAt?.getTime() ?? 0;
    // Nothing may have been said between a restore and the recovery.
    if (restored) this.grantsNothing();
    else if (recovered > (this.recovered ?? recovered)) this.foundRestored();
    this.recovered = Math.max(recovered, this.recovered ?? recovered);
    const { lost } = this;
    // Asks of before may be answered as the first time, and what they were granted may come yet.
    if (lost && !restored && !this.client.awaits(lost.asked))
      this.closingLost ??= this.closeLost(lost).finally(() => (this.closingLost = undefined));
  }

  /** Who asks meanwhile is refused, and what ends that nobody but an operator can do. */
  private grantsNothing(): void {
    if (!this.lost)
      this.options.log.error(
        {},
        'the ledger was restored from a backup and grants nothing until an operator has it recovered (gatehouse ledger recover)',
      );
    this.foundRestored();
  }

  private foundRestored(): void {
    const { lastLease, asked } = this.client;
    this.lost ??= { lastLease, asked };
  }

  /**
   * A ledger that was restored, and grants again, may hold leases open that were closed since its backup: no report tells it of
   * them. It is told once more what they were charged. Where that is forgotten nothing more is known: what usage records told it of them stands.
   */
  private async closeLost(lost: Lost): Promise<void> {
    const { log } = this.options;
    this.lost = undefined;
    try {
      const { leases, restored } = await this.beginJournal();
      // Of leases nothing is said then.
      if (restored) return this.grantsNothing();
      const own = ({ number }: LeaseName): boolean => number > lost.lastLease || this.client.holds(number);
      this.closeForgotten(leases.map(fromProtoHeldLease).filter((lease) => !own(lease)));
      this.scheduleFacts();
    } catch (error) {
      this.lost ??= lost;
      log.warn({ err: error }, 'the restored ledger does not say what it holds open');
    }
  }

  /** Also told by notices, which may be lost. */
  private recall({ wantedLimitIds, wantedTurns }: meteringV1.ExchangeResponse): void {
    if (wantedLimitIds.length === 0) return;
    this.client.noticed(fromProtoWanted(wantedLimitIds, wantedTurns), this.options.clock.monotonicMs());
  }

  private writeDown(leases: readonly LeaseName[]): boolean {
    try {
      for (const lease of leases) this.options.journal.leaseOpened(lease);
      return true;
    } catch (error) {
      this.options.log.error({ err: error }, 'leases cannot be written into the journal');
      this.askAgainMs = nextDelay(this.askAgainMs);
      return false;
    }
  }

  private scheduleFacts(): void {
    if (this.factsTimer || this.telling || this.state !== 'open') return;
    if (!this.hasFacts) return;
    this.factsTimer = setTimeout(() => {
      this.factsTimer = undefined;
      void this.tellFacts();
    }, this.factsAgainMs);
    this.factsTimer.unref();
  }

  /** The ledger is still to hear of something. */
  get hasFacts(): boolean {
    return this.client.hasFacts || this.finals.length > 0;
  }

  /** What is told already is waited for. */
  private tellFacts(): Promise<void> {
    this.telling ??= this.tellFactsNow().finally(() => {
      this.telling = undefined;
      this.scheduleFacts();
      this.scheduleAsks();
    });
    return this.telling;
  }

  private async tellFactsNow(): Promise<void> {
    const { clock, journal } = this.options;
    const facts = this.client.facts(clock.monotonicMs());
    const finals = this.finals.slice(0, FINALS_MAX);
    try {
      await journal.synced();
      const sentAt = clock.monotonicMs();
      const all = { ...facts, finals: [...finals, ...facts.finals] };
      const answer = await this.exchange(toProtoFacts(all));
      const closed = this.client.heard(facts, fromProtoFactsAnswer(answer), sentAt);
      this.recall(answer);
      this.heardOfRestore(answer);
      this.finals = this.finals.slice(finals.length);
      journal.leasesClosed([...finals.map(({ number }) => number), ...closed], answer.recoveredAt);
      this.factsAgainMs = FACTS_AFTER_MS;
    } catch (error) {
      this.failed(error, 'the ledger does not hear what was settled');
      this.client.unheard(facts);
      this.factsAgainMs = nextDelay(this.factsAgainMs);
    }
  }

  private exchange(
    what: Partial<
      Pick<meteringV1.ExchangeRequest, 'finals' | 'reports' | 'withdrawn' | 'asks' | 'unlimitedScopes'>
    >,
  ): Promise<meteringV1.ExchangeResponse> {
    const { rpc, journal } = this.options;
    const { journalId, incarnation, recordsUntold } = journal;
    const { lastLease } = this.client;
    const acknowledgedBelow = this.acknowledgedBelow();
    const message = { finals: [], reports: [], withdrawn: [], asks: [], unlimitedScopes: [], ...what };
    return rpc.exchange(
      { journalId, incarnation, acknowledgedBelow, lastLease, recordsUntold, ...message },
      { deadlineMs: EXCHANGE_DEADLINE_MS },
    );
  }

  private acknowledgedBelow(): bigint {
    const [oldest] = this.finals;
    const { acknowledgedBelow } = this.client;
    return oldest && oldest.number < acknowledgedBelow ? oldest.number : acknowledgedBelow;
  }

  private failed(error: unknown, message: string): void {
    const { log } = this.options;
    if (isReason(error, 'JOURNAL_FENCED')) return this.fenced(error);
    if (isReason(error, 'JOURNAL_NOT_OPEN') && this.state === 'open') {
      this.state = 'starting';
      void this.begin();
    }
    log.warn({ err: error }, message);
  }

  private fenced(error: unknown): void {
    if (this.state === 'fenced') return;
    this.options.log.error({ err: error }, 'another process speaks for this journal');
    this.state = 'fenced';
  }

  private async begin(): Promise<void> {
    const { log, notices } = this.options;
    for (let delay = RETRY_MIN_MS; this.state === 'starting'; delay = nextDelay(delay)) {
      try {
        const begun = await this.beginJournal();
        this.client.begun(begun.lastLease);
        // Later ones may be of asks that are under way: their answers tell of them.
        if (!this.opened) this.closeForgotten(begun.leases.map(fromProtoHeldLease));
        if (begun.restored) this.grantsNothing();
        if (this.state !== 'starting') return;
        this.state = 'open';
        this.opened = true;
        notices.start();
        this.scheduleAsks();
        this.scheduleFacts();
      } catch (error) {
        if (isReason(error, 'JOURNAL_FENCED')) return this.fenced(error);
        log.warn({ err: error }, 'the ledger does not open the journal yet');
        await sleep(delay, undefined, { ref: false });
      }
    }
  }

  private beginJournal(): Promise<meteringV1.BeginJournalResponse> {
    const { rpc, journal } = this.options;
    const { journalId, incarnation } = journal;
    const { ranges, recoveredAt } = journal.acknowledged;
    const acknowledged = ranges.slice(-ACKNOWLEDGED_MAX);
    const { lastLease } = this.client;
    return rpc.beginJournal({ journalId, incarnation, lastLease, acknowledged, recoveredAt });
  }

  /**
   * Leases that the ledger holds open, and the journal does not: what it was told of them once, where it was restored since, or that no
   * request was admitted under them.
   */
  private closeForgotten(held: readonly LeaseName[]): void {
    const known = new Set(this.finals.map(({ number }) => number));
    const forgotten = held.filter(({ number }) => !known.has(number));
    const { journal } = this.options;
    const finals = forgotten.map((name) => journal.closedFinal(name.number) ?? unusedFinal(name));
    this.finals = [...this.finals, ...finals];
  }

  /** A ledger that was restored waits for what the journal has still to tell, which may not know of it yet. */
  private get needsSign(): boolean {
    const { journal, clock } = this.options;
    return this.lost !== undefined || journal.recordsUntold || this.client.needsSign(clock.monotonicMs());
  }

  private keepTicking(): void {
    this.ticking ??= setInterval(() => {
      this.client.tick(this.options.clock.monotonicMs());
      this.scheduleAsks();
      if (this.client.isWaitedFor) return;
      clearInterval(this.ticking);
      this.ticking = undefined;
    }, TICK_MS);
  }

  private sweep(): void {
    this.client.sweep(this.options.clock.monotonicMs());
    if (this.state === 'open' && this.needsSign) void this.tellFacts();
    this.scheduleFacts();
  }
}

/** Ranges of one message: those of the newest leases. */
const ACKNOWLEDGED_MAX = 8_192;
/** Finals of one message. */
const FINALS_MAX = 512;

const nextDelay = (delay: number): number => Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, delay * 2));

const isReason = (error: unknown, reason: string): boolean =>
  error instanceof AppError && error.reason === reason;
