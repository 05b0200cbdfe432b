import { meteringV1 } from '@gatehouse/proto-gen';

/** A limit as the fake ledger keeps it: one period, one scope. */
export interface FakeLimit {
  readonly id: string;
  readonly scopeId: string;
  readonly scopeKind?: meteringV1.ScopeKind | undefined;
  readonly unit: meteringV1.LimitUnit;
  readonly budget: boolean;
  limit: bigint;
  spent: bigint;
  held: bigint;
  readonly resetsAt?: Date;
}

interface FakeLease {
  readonly journalId: string;
  readonly number: bigint;
  readonly organizationId: string;
  readonly limit: FakeLimit;
  cap: bigint;
}

/** An ask in line, and when it leaves it. */
interface Standing {
  readonly ask: meteringV1.SliceAsk;
  readonly journalId: string;
  readonly timer: NodeJS.Timeout;
}

const UNITS = {
  [meteringV1.LimitUnit.NANO_USD]: 'nanoUsd',
  [meteringV1.LimitUnit.TOKENS]: 'tokens',
  [meteringV1.LimitUnit.REQUESTS]: 'requests',
} as const;

const amountOf = (amounts: meteringV1.Amounts | undefined, unit: meteringV1.LimitUnit): bigint =>
  unit === meteringV1.LimitUnit.UNSPECIFIED ? 0n : (amounts?.[UNITS[unit as keyof typeof UNITS]] ?? 0n);

/** The ledger's contract in memory; notices are told to every journal. Grants test the limits, asks are idempotent, finals are facts. */
export class FakeLedger {
  readonly limits: FakeLimit[] = [];
  readonly asks = new Map<string, meteringV1.SliceAnswer>();
  /** In the order in which they came. */
  readonly asked: meteringV1.SliceAsk[] = [];
  readonly open = new Map<bigint, FakeLease>();
  readonly finals = new Map<bigint, meteringV1.LeaseFinal>();
  readonly incarnations: bigint[] = [];
  /** What journals said of their leases when they began. */
  readonly acknowledged: (readonly meteringV1.LeaseRange[])[] = [];
  /** As of the last exchange. */
  acknowledgedBelow = 0n;
  /** What each exchange said of the bus, in their order. */
  readonly recordsUntold: boolean[] = [];
  recoveredAt: Date | undefined;
  /** Told to whoever listens. */
  notify: (notice: meteringV1.WatchLeasesResponse) => void = () => undefined;
  validForMs = 60_000n;
  strict = false;
  /**
   * Otherwise somebody else wants all limits all the time, and they may be others at any moment: nothing is left in a lease that
   * no request needs, so that a spec sees what each one holds.
   */
  plentiful = false;
  private standing: Standing[] = [];
  private readonly closed = new Map<bigint, FakeLease>();
  private lastLease = 0n;
  private lastLimit = 0;

  budget(
    scopeId: string,
    limit: bigint,
    unit = meteringV1.LimitUnit.NANO_USD,
    scopeKind?: meteringV1.ScopeKind,
  ): FakeLimit {
    return this.add({ scopeId, unit, budget: true, limit, scopeKind });
  }

  rate(scopeId: string, limit: bigint, unit = meteringV1.LimitUnit.REQUESTS): FakeLimit {
    return this.add({ scopeId, unit, budget: false, limit, resetsAt: new Date(Date.now() + 30_000) });
  }

  begin({
    journalId,
    incarnation,
    acknowledged,
  }: meteringV1.BeginJournalRequest): meteringV1.BeginJournalResponse {
    this.incarnations.push(incarnation);
    this.acknowledged.push(acknowledged);
    const own = [...this.open.values()].filter((lease) => lease.journalId === journalId);
    const leases = own.map(({ number, organizationId, limit, cap }) => ({
      ...{ number, organizationId, limitId: limit.id, unit: limit.unit, cap },
      periodStart: undefined,
    }));
    return { leases, lastLease: this.lastLease, restored: false };
  }

  /** Facts first, then asks. */
  exchange(request: meteringV1.ExchangeRequest): meteringV1.ExchangeResponse {
    this.acknowledgedBelow = request.acknowledgedBelow;
    this.recordsUntold.push(request.recordsUntold);
    for (const final of request.finals) this.close(final);
    const gone: bigint[] = [];
    for (const report of request.reports) if (!this.report(report)) gone.push(report.number);
    for (const askId of request.withdrawn) this.leaveLine(askId);
    const answers = request.asks.map((ask) => this.ask(ask, request.journalId));
    this.serveLine();
    const wantedLimitIds = this.plentiful ? [] : this.limits.map(({ id }) => id);
    const { validForMs } = this;
    const unlimitedStill = request.unlimitedScopes.map(
      ({ id }) => !this.limits.some(({ scopeId }) => scopeId === id),
    );
    return {
      answers,
      gone,
      recalled: [],
      validForMs,
      wantedLimitIds,
      wantedTurns: [],
      recoveredAt: this.recoveredAt,
      restored: false,
      unlimitedStill,
    };
  }

  /** As a backup has it that was made before the lease was closed. */
  openAgain(number: bigint): void {
    const lease = this.closed.get(number);
    if (!lease) throw new Error(`lease ${number} was never closed`);
    this.open.set(number, lease);
    this.finals.delete(number);
    lease.limit.held += lease.cap;
  }

  /** What a lease of a record was closed with. */
  finalOf({ leases }: meteringV1.UsageRecord): meteringV1.LeaseFinal | undefined {
    return this.finals.get(leases[0] ?? 0n);
  }

  private ask(ask: meteringV1.SliceAsk, journalId: string): meteringV1.SliceAnswer {
    const known = this.asks.get(`${journalId} ${ask.askId}`);
    if (known) return known;
    this.asked.push(ask);
    this.leaveLine(ask.askId);
    const answer = this.decide(ask, journalId);
    const denial = answer.outcome?.$case === 'denial' ? answer.outcome.value : undefined;
    if (denial?.mayFitLater && ask.waitMs > 0) return this.stand(ask, journalId, denial);
    this.asks.set(`${journalId} ${ask.askId}`, answer);
    return answer;
  }

  private stand(
    ask: meteringV1.SliceAsk,
    journalId: string,
    { limit }: meteringV1.Denial,
  ): meteringV1.SliceAnswer {
    const timer = setTimeout(() => {
      this.leaveLine(ask.askId);
      this.tell(ask, journalId, this.decide(ask, journalId));
    }, ask.waitMs);
    timer.unref();
    this.standing.push({ ask, journalId, timer });
    return { outcome: { $case: 'waiting', value: { ahead: this.standing.length - 1, limit } } };
  }

  private leaveLine(askId: string): void {
    const at = this.standing.findIndex(({ ask }) => ask.askId === askId);
    const [left] = at < 0 ? [] : this.standing.splice(at, 1);
    clearTimeout(left?.timer);
  }

  private serveLine(): void {
    for (const { ask, journalId } of [...this.standing]) {
      const answer = this.decide(ask, journalId);
      if (answer.outcome?.$case !== 'grant') return;
      this.leaveLine(ask.askId);
      this.tell(ask, journalId, answer);
    }
  }

  private tell({ askId }: meteringV1.SliceAsk, journalId: string, answer: meteringV1.SliceAnswer): void {
    this.asks.set(`${journalId} ${askId}`, answer);
    this.notify({ notice: { $case: 'answered', value: { askId, answer } } });
    if (this.plentiful) return;
    const limitIds = this.limits.map(({ id }) => id);
    this.notify({ notice: { $case: 'wanted', value: { limitIds, turns: [] } } });
  }

  private close(final: meteringV1.LeaseFinal): void {
    const lease = this.open.get(final.number);
    this.finals.set(final.number, final);
    if (!lease) return;
    this.open.delete(final.number);
    this.closed.set(final.number, lease);
    lease.limit.held -= lease.cap;
    lease.limit.spent += final.sum;
  }

  private report({ number, cap }: meteringV1.LeaseReport): boolean {
    const lease = this.open.get(number);
    if (!lease) return false;
    if (cap < lease.cap) {
      lease.limit.held -= lease.cap - cap;
      lease.cap = cap;
    }
    return true;
  }

  private add(limit: Omit<FakeLimit, 'id' | 'spent' | 'held'>): FakeLimit {
    // Never that of one before, which a gateway may remember with another unit.
    const id = `lim_${String(this.lastLimit++).padStart(26, '0')}`;
    const made = { ...limit, id, spent: 0n, held: 0n };
    this.limits.push(made);
    return made;
  }

  private decide(ask: meteringV1.SliceAsk, journalId: string): meteringV1.SliceAnswer {
    const limits = this.limits.filter(({ scopeId }) => ask.scopes.some(({ id }) => id === scopeId));
    const wishes = new Map(ask.wishes.map(({ limitId, want }) => [limitId, want]));
    const wanted = limits.filter(({ id }) => wishes.get(id) !== 0n);
    for (const limit of wanted) {
      if (ask.want?.unpriced && limit.budget && limit.unit === meteringV1.LimitUnit.NANO_USD) {
        return denied(meteringV1.DenialReason.UNPRICED, limit, false);
      }
      const least = amountOf(ask.least, limit.unit);
      const free = limit.limit - limit.spent - limit.held;
      if (least <= free) continue;
      const reason = limit.budget
        ? meteringV1.DenialReason.BUDGET_EXCEEDED
        : meteringV1.DenialReason.RATE_LIMIT_EXCEEDED;
      const comesBack = limit.unit !== meteringV1.LimitUnit.REQUESTS;
      return denied(reason, limit, comesBack && least <= limit.limit - limit.spent);
    }
    const leases = wanted.map((limit) => {
      const free = limit.limit - limit.spent - limit.held;
      const want = wishes.get(limit.id) ?? amountOf(ask.want, limit.unit);
      return this.lease(ask, journalId, limit, want < free ? want : free);
    });
    const value = {
      leases,
      scopes: ask.scopes,
      covered: limits.filter((limit) => !wanted.includes(limit)).map(stateOf),
      validForMs: this.plentiful ? this.validForMs : 0n,
    };
    return { outcome: { $case: 'grant', value } };
  }

  private lease(
    { organizationId }: meteringV1.SliceAsk,
    journalId: string,
    limit: FakeLimit,
    cap: bigint,
  ): meteringV1.GrantedLease {
    this.lastLease += 1n;
    const number = this.lastLease;
    limit.held += cap;
    this.open.set(number, { journalId, number, organizationId, limit, cap });
    return { number, limit: stateOf(limit), cap, validForMs: this.validForMs, strict: this.strict, turn: 0n };
  }
}

const denied = (
  reason: meteringV1.DenialReason,
  limit: FakeLimit,
  mayFitLater: boolean,
): meteringV1.SliceAnswer => ({
  outcome: { $case: 'denial', value: { reason, limit: stateOf(limit), mayFitLater, validForMs: 0n } },
});

const stateOf = (limit: FakeLimit): meteringV1.LimitState => ({
  limitId: limit.id,
  scopeKind: limit.scopeKind ?? meteringV1.ScopeKind.PROVISION,
  scopeId: limit.scopeId,
  unit: limit.unit,
  budget: limit.budget,
  limit: limit.limit,
  spent: limit.spent,
  held: limit.held,
  doubt: 0n,
  quarantined: 0n,
  periodStart: undefined,
  ...(limit.resetsAt && { resetsAt: limit.resetsAt }),
});
