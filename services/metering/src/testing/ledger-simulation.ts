import { AppError, deriveId, journalId, type JournalId, type LeaseId } from '@gatehouse/kernel';
import type { LedgerCommand } from '../domain/ledger/ledger-book';
import type { AskLease } from '../domain/lease/ask-lease';
import type { AskOutcome } from '../domain/lease/ask-outcome';
import type { ScopeInForce } from '../domain/limit/limit-in-force';
import {
  amounts,
  askOf,
  auditBooks,
  brief,
  type LedgerHarness,
  rateLimit,
  scopeWith,
  START,
  usdBudget,
} from './ledger-harness';

const DAY = 86_400_000;

/** Numbers from a seed (mulberry32): the same seed, the same walk. */
export class Dice {
  constructor(private state: number) {}

  /** 0 … below `sides`. */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)] as T;
  }
}

/** What a journal's file holds of one request: written before the provider is called. */
interface Entry {
  readonly leaseId: LeaseId;
  readonly bound: bigint;
  /** What the provider billed; undefined while the request is under way. */
  billed: bigint | undefined;
}

/** A gateway: loses its memory when it is killed, never its journal. */
interface Gateway {
  readonly journalId: JournalId;
  incarnation: bigint;
  alive: boolean;
  asks: number;
  /** Asks whose answer it has heard: later answers to them are ignored. */
  readonly heard: Set<string>;
  /** Leases granted and not used yet, with their caps. */
  readonly idle: Map<LeaseId, bigint>;
  readonly journal: Map<LeaseId, Entry>;
}

/** A message on its way; it may be lost, come twice, or come late. */
interface Letter {
  readonly from: Gateway;
  readonly incarnation: bigint;
  readonly command: LedgerCommand;
}

export interface SimulationResult {
  readonly faults: readonly string[];
  readonly granted: number;
  readonly denied: number;
}

/**
 * Gateways that are killed and started again, over a network that loses, doubles and reorders what they say. After every
 * step the books must add up; at the end, when all was said, nothing may be held and everything billed be charged.
 */
export class LedgerSimulation {
  private readonly dice: Dice;
  private readonly gateways: Gateway[] = [];
  private readonly network: Letter[] = [];
  private readonly scopes: ScopeInForce[];
  private readonly faults: string[] = [];
  /** How the ledger answered each ask the first time. */
  private readonly answers = new Map<string, AskOutcome>();
  private granted = 0;
  private denied = 0;
  /** The provider's own book. */
  private billed = 0n;
  /** More of the provision's budget until then, and in some walks the provision's own end. */
  private readonly raise = { more: 30n, until: new Date(START.getTime() + 2 * DAY) };
  private readonly expiresAt: Date | undefined;

  constructor(
    private readonly harness: LedgerHarness,
    seed: number,
    private readonly options: { readonly steps: number; readonly auditEvery: number },
  ) {
    this.dice = new Dice(seed);
    const budget = BigInt(60 + this.dice.roll(200));
    this.expiresAt = seed % 3 === 0 ? new Date(START.getTime() + 6 * DAY) : undefined;
    const raised = { ...usdBudget('p', budget), raise: this.raise };
    this.scopes = [
      {
        ...scopeWith('p', [raised, rateLimit('rpm', 'requests', 40n)]),
        ...(this.expiresAt && { expiresAt: this.expiresAt }),
      },
      scopeWith('w', [usdBudget('w', budget + 50n, { reset: { period: 'never' } } as never)], {
        kind: 'workspace',
      }),
      scopeWith('k', [usdBudget('k', budget / 2n, { reset: { period: 'weekly' } } as never)], {
        kind: 'apiKey',
      }),
      scopeWith('k', [usdBudget('each', budget / 3n), rateLimit('each-rpd', 'requests', 90n, 'day')], {
        kind: 'workspaceKey',
      }),
      scopeWith('i', [usdBudget('i', budget + 20n, { reset: { period: 'days', everyDays: 4 } } as never)], {
        kind: 'integration',
      }),
      scopeWith('o', [usdBudget('o', budget + 90n), rateLimit('o-rph', 'requests', 60n, 'hour')], {
        kind: 'organization',
      }),
    ];
  }

  async run(): Promise<SimulationResult> {
    for (const scope of this.scopes) await this.harness.setScope(scope);
    for (let index = 0; index < 3; index++) {
      const gateway: Gateway = {
        journalId: journalId(deriveId('jnl', `gateway ${index}`)),
        incarnation: 0n,
        alive: false,
        asks: 0,
        heard: new Set(),
        idle: new Map(),
        journal: new Map(),
      };
      this.gateways.push(gateway);
      await this.start(gateway);
    }
    for (let step = 0; step < this.options.steps && this.faults.length === 0; step++) {
      await this.step();
      if (step % this.options.auditEvery === 0) await this.audit();
    }
    await this.comeToRest();
    return { faults: this.faults, granted: this.granted, denied: this.denied };
  }

  private async step(): Promise<void> {
    const gateway = this.dice.pick(this.gateways);
    switch (this.dice.roll(12)) {
      case 0:
      case 1:
      case 2:
        return this.ask(gateway);
      case 3:
      case 4:
        return this.admit(gateway);
      case 5:
      case 6:
        return this.finish(gateway);
      case 7:
        if (this.dice.roll(4) === 0) gateway.alive = false;
        else if (!gateway.alive) await this.start(gateway);
        return;
      case 8:
        return this.passTime();
      case 9:
        return this.renew(gateway);
      default:
        return this.deliver();
    }
  }

  private ask(gateway: Gateway): void {
    if (!gateway.alive) return;
    const scopes = this.scopes.filter(() => this.dice.roll(3) > 0);
    const least = BigInt(1 + this.dice.roll(40));
    const want = least + BigInt(this.dice.roll(60));
    this.send(gateway, {
      ...askOf(`${gateway.incarnation}.${gateway.asks++}`, scopes, { nanoUsd: want, requests: 1n }),
      journalId: gateway.journalId,
      incarnation: gateway.incarnation,
      least: amounts({ nanoUsd: least, requests: 1n }),
    });
  }

  /** The journal's entry is written, and only then the provider called. */
  private admit(gateway: Gateway): void {
    if (!gateway.alive || gateway.idle.size === 0) return;
    const [leaseId, bound] = this.dice.pick([...gateway.idle]);
    gateway.idle.delete(leaseId);
    gateway.journal.set(leaseId, { leaseId, bound, billed: undefined });
  }

  private finish(gateway: Gateway): void {
    if (!gateway.alive) return;
    const underWay = [...gateway.journal.values()].filter(({ billed }) => billed === undefined);
    if (underWay.length > 0) {
      const entry = this.dice.pick(underWay);
      entry.billed = BigInt(this.dice.roll(Number(entry.bound) + 1));
      this.billed += entry.billed;
      this.close(gateway, entry.leaseId, entry.billed, 1n);
    } else if (gateway.idle.size > 0) {
      // Goes back unused.
      const leaseId = this.dice.pick([...gateway.idle.keys()]);
      gateway.idle.delete(leaseId);
      this.close(gateway, leaseId, 0n, 0n);
    }
  }

  private close(gateway: Gateway, leaseId: LeaseId, nanoUsd: bigint, count: bigint): void {
    this.send(gateway, {
      type: 'CloseLease',
      journalId: gateway.journalId,
      leaseId,
      count,
      sum: amounts({ nanoUsd, requests: count }),
      doubt: amounts({}),
    });
  }

  private async passTime(): Promise<void> {
    this.harness.clock.advance(this.dice.pick([10, 1_000, 20_000, 60_000, 3_600_000, 86_400_000 * 3]));
    await this.harness.ledger.quarantineSilent();
  }

  private renew(gateway: Gateway): void {
    if (!gateway.alive) return;
    const { journalId, incarnation } = gateway;
    const leaseIds = [...gateway.idle.keys(), ...gateway.journal.keys()];
    this.send(gateway, { type: 'RenewLeases', journalId, incarnation, leaseIds });
  }

  private send(from: Gateway, command: LedgerCommand): void {
    const letter = { from, incarnation: from.incarnation, command };
    if (this.dice.roll(10) > 0) this.network.push(letter);
    if (this.dice.roll(5) === 0) this.network.push(letter);
  }

  private async deliver(): Promise<void> {
    if (this.network.length === 0) return;
    const [letter] = this.network.splice(this.dice.roll(this.network.length), 1);
    if (letter) await this.hand(letter, this.dice.roll(6) > 0);
  }

  /** The ledger hears it; whether the gateway hears the answer is another matter. */
  private async hand({ from, incarnation, command }: Letter, answered: boolean): Promise<void> {
    let answer: unknown;
    try {
      answer = await this.harness.ledger.carryOut(command);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return;
    }
    if (command.type !== 'AskLease') return;
    const outcome = answer as AskOutcome;
    if (!this.answers.has(`${from.journalId} ${command.askId}`)) await this.checkEnds(command, outcome);
    this.compare(`${from.journalId} ${command.askId}`, outcome);
    const hears =
      answered && from.alive && from.incarnation === incarnation && !from.heard.has(command.askId);
    if (!hears) return;
    from.heard.add(command.askId);
    if (outcome.kind === 'denial') {
      this.denied++;
    } else if (outcome.leaseId !== undefined) {
      this.granted++;
      from.idle.set(outcome.leaseId, outcome.cap.nanoUsd);
    }
  }

  /** What was granted just now was granted within what lasted then. */
  private async checkEnds({ scopes }: AskLease, outcome: AskOutcome): Promise<void> {
    const [provision] = this.scopes;
    const budget = provision?.limits[0]?.limit;
    if (!budget || outcome.kind !== 'grant' || !scopes.some(({ scope }) => scope === provision.scope)) return;
    const now = this.harness.clock.now();
    if (this.expiresAt && this.expiresAt <= now) this.faults.push('granted under a provision that has ended');
    const amount = this.raise.until > now ? budget.amount + this.raise.more : budget.amount;
    const row = (await this.harness.rows()).filter(({ limitId }) => limitId === budget.id).at(-1);
    if (row && row.closed + row.open > amount) this.faults.push(`granted above ${amount} after its raise`);
  }

  private compare(ask: string, outcome: AskOutcome): void {
    const first = this.answers.get(ask) ?? outcome;
    this.answers.set(ask, first);
    if (brief(first) !== brief(outcome)) this.faults.push(`${ask}: ${brief(first)}, then ${brief(outcome)}`);
  }

  /** Replays the journal: closes what it is told that it holds, with what its file proves. */
  private async start(gateway: Gateway): Promise<void> {
    gateway.incarnation += 1n;
    gateway.alive = true;
    gateway.idle.clear();
    const { journalId, incarnation } = gateway;
    const leases = await this.harness.ledger.carryOut({ type: 'OpenJournal', journalId, incarnation });
    for (const { id } of leases) this.speakFor(gateway, id);
  }

  private speakFor(gateway: Gateway, leaseId: LeaseId): void {
    const entry = gateway.journal.get(leaseId);
    if (!entry) return this.close(gateway, leaseId, 0n, 0n);
    if (entry.billed === undefined) {
      // The provider may have billed anything up to the bound, and nobody will ever know: charged in full.
      entry.billed = entry.bound;
      this.billed += BigInt(this.dice.roll(Number(entry.bound) + 1));
    }
    this.close(gateway, leaseId, entry.billed, 1n);
  }

  private async audit(): Promise<void> {
    const rows = await this.harness.rows();
    this.faults.push(...auditBooks(rows, await this.harness.leases()));
    // Here nothing ever exceeds its hold and no limit changes but by its raise: the limit itself is the bound.
    const bounds = new Map(this.scopes.flatMap(({ limits }) => limits.map(({ limit }) => [limit.id, limit])));
    for (const { limitId, closed, open, ceiling } of rows) {
      const limit = bounds.get(limitId);
      const bound = (limit?.amount ?? 0n) + (limit?.raise?.more ?? 0n);
      if (closed + open > bound || ceiling > (limit?.raise ? bound : 0n))
        this.faults.push(`${limitId}: ${closed} + ${open} exceed ${bound}`);
    }
  }

  /** Every gateway is started, settles what it holds, and repeats itself until everything was heard. */
  private async comeToRest(): Promise<void> {
    await this.audit();
    for (const gateway of this.gateways) {
      for (const entry of gateway.journal.values()) {
        if (entry.billed !== undefined) continue;
        entry.billed = BigInt(this.dice.roll(Number(entry.bound) + 1));
        this.billed += entry.billed;
      }
      gateway.incarnation += 1n;
      const { journalId, incarnation } = gateway;
      for (;;) {
        const leases = await this.harness.ledger.carryOut({ type: 'OpenJournal', journalId, incarnation });
        if (leases.length === 0) break;
        for (const { id } of leases) this.speakFor(gateway, id);
        const finals = this.network.filter(({ command }) => command.type === 'CloseLease');
        for (const letter of finals) {
          this.network.splice(this.network.indexOf(letter), 1);
          await this.hand(letter, true);
        }
      }
    }
    // What is still under way comes late, and changes nothing.
    while (this.network.length > 0) await this.deliver();
    await this.audit();
    const rows = await this.harness.rows();
    for (const { limitId, open, quarantined, openLeases } of rows) {
      if (open + quarantined > 0n || openLeases > 0) this.faults.push(`${limitId}: ${open} held at rest`);
    }
    const leases = await this.harness.leases();
    const charged = leases.reduce((sum, lease) => sum + lease.sum.nanoUsd, 0n);
    if (charged < this.billed) this.faults.push(`billed ${this.billed}, charged ${charged}`);
  }
}
