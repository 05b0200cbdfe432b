import { InMemoryLedger } from '../../testing/in-memory-ledger';
import { type LedgerHarness, memoryHarness, START, TERMS } from '../../testing/ledger-harness';
import { LedgerSimulation, type SimulationResult } from '../../testing/ledger-simulation';
import { FixedClock } from '@gatehouse/kernel';
import { keyOfScope, type ScopeInForce } from '../limit/limit-in-force';
import { keyOfAsk, type LedgerAnswers, type LedgerCommand } from './ledger-book';

const WALKS = 100;
const STEPS = 250;

/** Set to walk one walk again. */
const SEED = process.env['LEDGER_SIMULATION_SEED'];
const seeds = SEED === undefined ? Array.from({ length: WALKS }, (_, index) => index + 1) : [Number(SEED)];

const walk = async (seed: number, harness: LedgerHarness): Promise<SimulationResult> =>
  new LedgerSimulation(harness, seed, { steps: STEPS, auditEvery: 5 }).run();

const harnessOf = (ledger: InMemoryLedger, clock: FixedClock): LedgerHarness => ({
  ledger,
  clock,
  setScope: async (scope) => void ledger.book.scopes.set(keyOfScope(scope.scope), scope),
  rows: async () => [...ledger.book.rows.values()],
  leases: async () => [...ledger.book.leases.values()],
  heldLeases: async () => [...ledger.book.heldLeases.values()],
  events: async () => [],
  serveLines: async () => ({}),
  wanted: async () => new Map(),
  close: async () => undefined,
});

const NEVER = new Date('9999-01-01');

const endless = ({ expiresAt: _end, ...scope }: ScopeInForce): ScopeInForce => ({
  ...scope,
  limits: scope.limits.map(({ limit, ...inForce }) => ({
    ...inForce,
    limit: limit.raise ? { ...limit, raise: { ...limit.raise, until: NEVER } } : limit,
  })),
});

describe('the ledger under kills, loss, duplication and reordering', () => {
  it('never exceeds a limit, answers alike, and charges all that was billed', async () => {
    let [granted, denied] = [0, 0];
    for (const seed of seeds) {
      const result = await walk(seed, await memoryHarness());
      if (result.faults.length > 0) throw new Error(`seed ${seed}: ${result.faults.join('; ')}`);
      granted += result.granted;
      denied += result.denied;
    }
    // The walks went somewhere.
    expect(Math.min(granted, denied)).toBeGreaterThan(seeds.length);
  });

  /** Rules that were taken out: each time the walks must notice. */
  const mutants: Record<string, new (clock: FixedClock) => InMemoryLedger> = {
    'denials that are forgotten': class extends InMemoryLedger {
      constructor(clock: FixedClock) {
        super(clock, TERMS);
      }

      override async carryOut<C extends LedgerCommand>(command: C): Promise<LedgerAnswers[C['type']]> {
        const answer = await super.carryOut(command);
        if (command.type === 'AskLease') {
          const key = keyOfAsk(command.journalId, command.askId);
          if (this.book.outcomes.get(key)?.kind === 'denial') this.book.outcomes.delete(key);
        }
        return answer;
      }
    },
    'grants that are forgotten': class extends InMemoryLedger {
      constructor(clock: FixedClock) {
        super(clock, TERMS);
      }

      override async carryOut<C extends LedgerCommand>(command: C): Promise<LedgerAnswers[C['type']]> {
        const answer = await super.carryOut(command);
        if (command.type === 'AskLease')
          this.book.outcomes.delete(keyOfAsk(command.journalId, command.askId));
        return answer;
      }
    },
    'leases that time releases': class extends InMemoryLedger {
      constructor(clock: FixedClock) {
        super(clock, TERMS);
      }

      override async quarantineSilent(): Promise<number> {
        const silent = [...this.book.leases.values()].filter(({ status }) => status === 'open');
        const nothing = { nanoUsd: 0n, tokens: 0n, requests: 0n };
        for (const { id, journalId } of silent) {
          await this.carryOut({
            type: 'CloseLease',
            journalId,
            leaseId: id,
            count: 0n,
            sum: nothing,
            doubt: nothing,
          });
        }
        return silent.length;
      }
    },
    'journals that are not fenced': class extends InMemoryLedger {
      constructor(clock: FixedClock) {
        super(clock, TERMS);
      }

      override async carryOut<C extends LedgerCommand>(command: C): Promise<LedgerAnswers[C['type']]> {
        if (command.type !== 'AskLease') return super.carryOut(command);
        const incarnation = this.book.journals.get(command.journalId)?.incarnation ?? command.incarnation;
        return super.carryOut({ ...command, incarnation });
      }
    },
    'raises and provisions that never end': class extends InMemoryLedger {
      constructor(clock: FixedClock) {
        super(clock, TERMS);
      }

      override async carryOut<C extends LedgerCommand>(command: C): Promise<LedgerAnswers[C['type']]> {
        for (const [key, scope] of this.book.scopes) this.book.scopes.set(key, endless(scope));
        return super.carryOut(command);
      }
    },
    'closes that count twice': class extends InMemoryLedger {
      constructor(clock: FixedClock) {
        super(clock, TERMS);
      }

      override async carryOut<C extends LedgerCommand>(command: C): Promise<LedgerAnswers[C['type']]> {
        if (command.type === 'CloseLease') {
          const lease = this.book.leases.get(command.leaseId);
          if (lease) this.book.leases.set(lease.id, { ...lease, status: 'open' });
        }
        return super.carryOut(command);
      }
    },
  };

  it.each(Object.keys(mutants))('would notice %s', async (name) => {
    const Mutant = mutants[name];
    if (!Mutant) throw new Error(name);
    let noticed = 0;
    for (let seed = 1; seed <= 50 && noticed === 0; seed++) {
      const clock = new FixedClock(START);
      const { faults } = await walk(seed, harnessOf(new Mutant(clock), clock));
      if (faults.length > 0) noticed++;
    }
    expect(noticed).toBeGreaterThan(0);
  });
});
