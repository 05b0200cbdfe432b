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
  readonly ask: meteringV1.AskLeaseRequest;
  readonly cap: meteringV1.Amounts;
  readonly limits: readonly FakeLimit[];
}

const UNITS = {
  [meteringV1.LimitUnit.NANO_USD]: 'nanoUsd',
  [meteringV1.LimitUnit.TOKENS]: 'tokens',
  [meteringV1.LimitUnit.REQUESTS]: 'requests',
} as const;

const amountOf = (amounts: meteringV1.Amounts | undefined, unit: meteringV1.LimitUnit): bigint =>
  unit === meteringV1.LimitUnit.UNSPECIFIED ? 0n : (amounts?.[UNITS[unit]] ?? 0n);

/** The ledger's contract in memory: grants test the limits, asks are idempotent, finals are facts. */
export class FakeLedger {
  readonly limits: FakeLimit[] = [];
  readonly asks = new Map<string, meteringV1.AskLeaseResponse>();
  /** In the order in which they came. */
  readonly asked: meteringV1.AskLeaseRequest[] = [];
  readonly open = new Map<string, FakeLease>();
  readonly finals = new Map<string, meteringV1.CloseLeaseRequest>();
  readonly incarnations: bigint[] = [];
  validForMs = 60_000n;
  strict = false;
  private leases = 0;

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

  openJournal({ incarnation }: meteringV1.OpenJournalRequest): meteringV1.OpenJournalResponse {
    this.incarnations.push(incarnation);
    return { leases: [...this.open].map(([leaseId, { ask }]) => ({ leaseId, askId: ask.askId })) };
  }

  ask(request: meteringV1.AskLeaseRequest): meteringV1.AskLeaseResponse {
    const known = this.asks.get(request.askId);
    if (known) return known;
    this.asked.push(request);
    const answer = this.decide(request);
    this.asks.set(request.askId, answer);
    return answer;
  }

  close(final: meteringV1.CloseLeaseRequest): void {
    const lease = this.open.get(final.leaseId);
    this.finals.set(final.leaseId, final);
    if (!lease) return;
    this.open.delete(final.leaseId);
    for (const limit of lease.limits) {
      limit.held -= amountOf(lease.cap, limit.unit);
      limit.spent += amountOf(final.sum, limit.unit);
    }
  }

  private add(limit: Omit<FakeLimit, 'id' | 'spent' | 'held'>): FakeLimit {
    const made = { ...limit, id: `lim_${String(this.limits.length).padStart(26, '0')}`, spent: 0n, held: 0n };
    this.limits.push(made);
    return made;
  }

  private decide(ask: meteringV1.AskLeaseRequest): meteringV1.AskLeaseResponse {
    const limits = this.limits.filter(({ scopeId }) => ask.scopes.some(({ id }) => id === scopeId));
    const cap = { ...(ask.want as meteringV1.Amounts) };
    for (const limit of limits) {
      if (ask.want?.unpriced && limit.budget && limit.unit === meteringV1.LimitUnit.NANO_USD) {
        return this.deny(meteringV1.DenialReason.UNPRICED, limit, false);
      }
      const least = amountOf(ask.least, limit.unit);
      const free = limit.limit - limit.spent - limit.held;
      if (least > free) {
        const reason = limit.budget
          ? meteringV1.DenialReason.BUDGET_EXCEEDED
          : meteringV1.DenialReason.RATE_LIMIT_EXCEEDED;
        return this.deny(reason, limit, least <= limit.limit - limit.spent);
      }
      const unit = UNITS[limit.unit as keyof typeof UNITS];
      if (cap[unit] > free) cap[unit] = free;
    }
    return this.grant(ask, cap, limits);
  }

  private grant(
    ask: meteringV1.AskLeaseRequest,
    cap: meteringV1.Amounts,
    limits: readonly FakeLimit[],
  ): meteringV1.AskLeaseResponse {
    const leaseId = `lse_${String(++this.leases).padStart(26, '0')}`;
    for (const limit of limits) limit.held += amountOf(cap, limit.unit);
    this.open.set(leaseId, { ask, cap, limits });
    const states = limits.map(stateOf);
    const value = { leaseId, cap, validForMs: this.validForMs, limits: states, strict: this.strict };
    return { outcome: { $case: 'grant', value } };
  }

  private deny(
    reason: meteringV1.DenialReason,
    limit: FakeLimit,
    mayFitLater: boolean,
  ): meteringV1.AskLeaseResponse {
    return { outcome: { $case: 'denial', value: { reason, limit: stateOf(limit), mayFitLater } } };
  }
}

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
