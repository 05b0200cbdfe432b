import { deriveId, FixedClock, journalId, type JournalId, type LeaseId } from '@gatehouse/kernel';
import type { Pool, PoolClient } from 'pg';
import type { AskOutcome } from '../../domain/lease/ask-lease';
import {
  amounts,
  askOf,
  auditBooks,
  JOURNAL,
  rateLimit,
  scopeWith,
  START,
  TERMS,
  usdBudget,
} from '../../testing/ledger-harness';
import { Dice, LedgerSimulation } from '../../testing/ledger-simulation';
import {
  emptyTables,
  harnessOf,
  meteringDatabase,
  type MeteringDatabase,
  postgresHarness,
} from '../../testing/postgres-harness';
import { PostgresLedger } from './postgres-ledger';

const LIMIT = 10_000n;
const CLIENTS = 64;

let shared: MeteringDatabase;

beforeAll(async () => {
  shared = await meteringDatabase();
});

afterAll(() => shared.close());

interface Disturbance {
  /** Done to each ledger before it begins. */
  readonly change?: (ledger: PostgresLedger) => void;
  /** Done again and again meanwhile. */
  readonly disturb?: () => Promise<unknown>;
}

interface Hammered {
  readonly spent: bigint;
  readonly faults: readonly string[];
}

/**
 * Two processes' ledgers over one database, and 64 clients that ask and close as fast as they can until nothing is
 * granted any more.
 */
const hammer = async ({ change = () => undefined, disturb }: Disturbance = {}): Promise<Hammered> => {
  await emptyTables(shared);
  const clock = new FixedClock(START);
  const ledgers = [1, 2].map(() => new PostgresLedger({ pool: shared.pool, clock, terms: TERMS }));
  ledgers.forEach(change);
  const [ledger] = ledgers as [PostgresLedger];
  const harness = harnessOf(shared.pool, clock, ledger);
  const scopes = [
    scopeWith('p', [usdBudget('p', LIMIT), rateLimit('rpd', 'requests', 1_000_000n, 'day')]),
    scopeWith('k', [usdBudget('k', LIMIT * 2n)], { kind: 'apiKey' }),
  ];
  for (const scope of scopes) await harness.setScope(scope);
  let spent = 0n;
  const client = async (index: number): Promise<void> => {
    const dice = new Dice(index);
    const mine = ledgers[index % 2] as PostgresLedger;
    const journal = journalId(deriveId('jnl', String(index % 4)));
    for (let turn = 0; ; turn++) {
      const outcome = await retried(() => askOnce(mine, journal, `${index}.${turn}`, scopes));
      if (outcome.kind === 'denial' && outcome.mayFitLater) continue;
      if (outcome.kind === 'denial') return;
      const cost = (outcome.cap.nanoUsd * BigInt(dice.roll(101)) + 99n) / 100n;
      spent += cost;
      await retried(() => closeOnce(mine, journal, outcome.leaseId as LeaseId, cost));
    }
  };
  for (let index = 0; index < 4; index++) {
    const id = journalId(deriveId('jnl', String(index)));
    await ledger.carryOut({ type: 'OpenJournal', journalId: id, incarnation: 1n });
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
  const disturbing = disturb && setInterval(() => void disturb(), 100);
  await clients.finally(() => clearInterval(disturbing));
  const faults = auditBooks(await harness.rows(), await harness.leases());
  const over = (await harness.rows()).filter(({ closed, open, amount }) => closed + open > amount);
  await Promise.all(ledgers.map((one) => one.close()));
  return { spent, faults: [...faults, ...over.map(({ limitId }) => `${limitId} is overspent`)] };
};

const askOnce = async (
  ledger: PostgresLedger,
  journal: JournalId,
  askId: string,
  scopes: Parameters<typeof askOf>[1],
): Promise<AskOutcome> => {
  const ask = { nanoUsd: 100n, requests: 1n };
  const outcome = await ledger.carryOut(
    askOf(askId, scopes, ask, { journalId: journal, least: amounts({ nanoUsd: 1n, requests: 1n }) }),
  );
  if (outcome === 'scopeNotSeen') throw new Error(outcome);
  return outcome;
};

const closeOnce = (ledger: PostgresLedger, journal: JournalId, leaseId: LeaseId, nanoUsd: bigint) =>
  ledger.carryOut({
    type: 'CloseLease',
    journalId: journal,
    leaseId,
    count: 1n,
    sum: amounts({ nanoUsd, requests: 1n }),
    doubt: amounts({}),
  });

/** As a gateway does: the same words again, where the outcome is unknown. */
const retried = async <T>(say: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await say();
    } catch (error) {
      if ((error as { code?: string }).code !== 'UNAVAILABLE') throw error;
    }
  }
};

describe('64 clients of two processes on one limit', () => {
  it('spend all of it and never more', async () => {
    const { spent, faults } = await hammer();
    expect(faults).toEqual([]);
    expect(spent).toBe(LIMIT);
  });

  it('do so also where connections are cut again and again', async () => {
    let cuts = 0;
    const disturb = async (): Promise<void> => {
      const { rows } = await shared.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'metering-spec' AND pid <> pg_backend_pid()`,
      );
      cuts += rows.length;
    };
    const { spent, faults } = await hammer({ disturb });
    expect(faults).toEqual([]);
    expect(spent).toBe(LIMIT);
    expect(cuts).toBeGreaterThan(0);
  });

  it('would be noticed to break the books without the lock on ledger rows', async () => {
    const noticed = await hammer({ change: (ledger) => without(ledger, 'FOR NO KEY UPDATE OF r') }).then(
      ({ faults }) => faults,
      (error: Error) => [error.message],
    );
    expect(noticed).not.toEqual([]);
  });

  it('get the same answer for twins that reach different processes', async () => {
    expect(await hammerTwins(() => undefined)).toEqual([]);
  });

  it('would be noticed to get different ones without the lock on journals', async () => {
    expect(await hammerTwins((ledger) => without(ledger, 'FOR NO KEY UPDATE'))).not.toEqual([]);
  });
});

/** Every ask and close goes to both processes at once. */
const hammerTwins = async (change: (ledger: PostgresLedger) => void): Promise<readonly string[]> => {
  await emptyTables(shared);
  const clock = new FixedClock(START);
  const ledgers = [1, 2].map(() => new PostgresLedger({ pool: shared.pool, clock, terms: TERMS }));
  ledgers.forEach(change);
  const [first, second] = ledgers as [PostgresLedger, PostgresLedger];
  const harness = harnessOf(shared.pool, clock, first);
  const scope = scopeWith('p', [usdBudget('p', LIMIT)]);
  await harness.setScope(scope);
  const journal = journalId(deriveId('jnl', 'twins'));
  await first.carryOut({ type: 'OpenJournal', journalId: journal, incarnation: 1n });
  const faults: string[] = [];
  const twins = async <T>(say: (ledger: PostgresLedger) => Promise<T>): Promise<T> => {
    const [one, other] = await Promise.all([retried(() => say(first)), retried(() => say(second))]);
    if (text(one) !== text(other)) faults.push(`${text(one)}, but ${text(other)}`);
    return one;
  };
  const client = async (index: number): Promise<void> => {
    for (let turn = 0; turn < 15; turn++) {
      const outcome = await twins((ledger) => askOnce(ledger, journal, `${index}.${turn}`, [scope]));
      if (outcome.kind === 'denial') continue;
      await twins((ledger) => closeOnce(ledger, journal, outcome.leaseId as LeaseId, outcome.cap.nanoUsd));
    }
  };
  await Promise.all(
    Array.from({ length: 16 }, (_, index) => client(index).catch((error) => faults.push(String(error)))),
  );
  faults.push(...auditBooks(await harness.rows(), await harness.leases()));
  await Promise.all(ledgers.map((one) => one.close()));
  return faults;
};

const text = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';

/** Takes a lock out of the statements of a ledger's connection. */
const without = (ledger: PostgresLedger, lock: string): void => {
  const { pool } = ledger as unknown as { pool: Pool };
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  pool.connect = (async () => {
    const client = await connect();
    const query = Object.getPrototypeOf(client).query as (...args: unknown[]) => unknown;
    client.query = ((config: string | { name: string; text: string }, ...rest: unknown[]) =>
      query.call(
        client,
        typeof config === 'string' || !config.text.trimEnd().endsWith(lock)
          ? config
          : { ...config, text: config.text.replace(lock, '') },
        ...rest,
      )) as PoolClient['query'];
    return client;
  }) as Pool['connect'];
};

describe('a ledger row in the hands of a process that stands still', () => {
  it('is UNAVAILABLE to the others, and theirs when it is let go', async () => {
    const harness = await postgresHarness(shared);
    const scope = scopeWith('p', [usdBudget('p', LIMIT)]);
    await harness.setScope(scope);
    await harness.ledger.carryOut({ type: 'OpenJournal', journalId: JOURNAL, incarnation: 1n });
    await harness.ledger.carryOut(askOf('1', [scope], { nanoUsd: 1n }));
    const holder = await shared.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM metering.ledger FOR UPDATE');
    const asks = ['2', '3'].map((askId) => harness.ledger.carryOut(askOf(askId, [scope], { nanoUsd: 1n })));
    for (const result of await Promise.allSettled(asks)) {
      expect(result).toMatchObject({ reason: { code: 'UNAVAILABLE', reason: 'LEDGER_BUSY' } });
    }
    await holder.query('ROLLBACK');
    holder.release();
    expect(await harness.ledger.carryOut(askOf('2', [scope], { nanoUsd: 1n }))).toMatchObject({
      kind: 'grant',
    });
    await harness.close();
  });
});

describe('the ledger in Postgres under kills, loss, duplication and reordering', () => {
  it.each([1, 2, 3])('walk %d', async (seed) => {
    const harness = await postgresHarness(shared);
    const { faults, granted } = await new LedgerSimulation(harness, seed, {
      steps: 200,
      auditEvery: 20,
    }).run();
    await harness.close();
    expect(faults).toEqual([]);
    expect(granted).toBeGreaterThan(0);
  });
});
