import { setTimeout as sleep } from 'node:timers/promises';
import { deriveId, FixedClock, journalId, type JournalId, type LeaseId } from '@gatehouse/kernel';
import type { Pool, PoolClient } from 'pg';
import type { AskOutcome } from '../../domain/lease/ask-outcome';
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
const DISTURBANCES_MAX = 20;
const OTHER_JOURNAL = journalId(deriveId('jnl', 'other'));

let shared: MeteringDatabase;

beforeAll(async () => {
  shared = await meteringDatabase();
});

afterAll(() => shared.close());

interface Hammered {
  readonly spent: bigint;
  readonly faults: readonly string[];
}

/**
 * Two processes' ledgers over one database, and 64 clients that ask and close as fast as they can until nothing is
 * granted any more.
 *
 * @param disturb is done again and again meanwhile.
 */
const hammer = async (disturb?: () => Promise<unknown>): Promise<Hammered> => {
  await emptyTables(shared);
  const clock = new FixedClock(START);
  const ledgers = [1, 2].map(() => new PostgresLedger({ pool: shared.pool, clock, terms: TERMS }));
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
  let done = false;
  const disturbing = (async () => {
    // Not for ever: a busy machine may take longer to connect than to be cut.
    for (let times = 0; disturb && !done && times < DISTURBANCES_MAX; times++)
      await disturb().then(() => sleep(50));
  })();
  await clients.finally(() => {
    done = true;
  });
  await disturbing;
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
    const { spent, faults } = await hammer(disturb);
    expect(faults).toEqual([]);
    expect(spent).toBe(LIMIT);
    expect(cuts).toBeGreaterThan(0);
  });

  it('get the same answer for twins that reach different processes', async () => {
    const { ledgers, harness, scope } = await twoProcesses();
    const faults: string[] = [];
    const twins = async <T>(say: (ledger: PostgresLedger) => Promise<T>): Promise<T> => {
      const [one, other] = await Promise.all(ledgers.map((ledger) => retried(() => say(ledger))));
      if (text(one) !== text(other)) faults.push(`${text(one)}, but ${text(other)}`);
      return one as T;
    };
    const client = async (index: number): Promise<void> => {
      for (let turn = 0; turn < 15; turn++) {
        const outcome = await twins((ledger) => askOnce(ledger, JOURNAL, `${index}.${turn}`, [scope]));
        if (outcome.kind === 'denial') continue;
        await twins((ledger) => closeOnce(ledger, JOURNAL, outcome.leaseId as LeaseId, outcome.cap.nanoUsd));
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, index) => client(index)));
    expect(faults).toEqual([]);
    expect(auditBooks(await harness.rows(), await harness.leases())).toEqual([]);
    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });
});

/** Two processes' ledgers, two open journals, one limit. */
const twoProcesses = async () => {
  await emptyTables(shared);
  const clock = new FixedClock(START);
  const ledgers = [1, 2].map(() => new PostgresLedger({ pool: shared.pool, clock, terms: TERMS }));
  const [first, second] = ledgers as [PostgresLedger, PostgresLedger];
  const harness = harnessOf(shared.pool, clock, first);
  const scope = scopeWith('p', [usdBudget('p', LIMIT)]);
  await harness.setScope(scope);
  for (const id of [JOURNAL, OTHER_JOURNAL]) {
    await first.carryOut({ type: 'OpenJournal', journalId: id, incarnation: 1n });
  }
  return { ledgers, first, second, harness, scope };
};

/**
 * What two processes do at once to the same row: both are let in only when both have come as far as they can, so that
 * a lock that is missing is missed every time. Answers what is wrong with the books after it.
 */
const raced = async (
  race: (lease: LeaseId) => readonly ((ledger: PostgresLedger) => Promise<unknown>)[],
  change: (ledger: PostgresLedger) => void,
): Promise<readonly string[]> => {
  const { ledgers, first, harness, scope } = await twoProcesses();
  const lease = await askOnce(first, JOURNAL, 'first', [scope]);
  if (lease.kind !== 'grant') throw new Error('the first ask was not granted');
  ledgers.forEach(change);
  const holder = await shared.pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM metering.ledger FOR UPDATE');
  const racers = Promise.allSettled(
    race(lease.leaseId as LeaseId).map((say, index) => say(ledgers[index] as PostgresLedger)),
  );
  for (let waiting = 0n; waiting < 2n;) {
    await sleep(10);
    const { rows } = await shared.pool.query<{ waiting: bigint }>(
      `SELECT count(*) AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    waiting = rows[0]?.waiting ?? 0n;
  }
  await holder.query('ROLLBACK');
  holder.release();
  const refused = (await racers).flatMap((result) =>
    result.status === 'rejected' ? String(result.reason) : [],
  );
  const faults = auditBooks(await harness.rows(), await harness.leases());
  await Promise.all(ledgers.map((ledger) => ledger.close()));
  return [...refused, ...faults];
};

describe('two processes that come to one row at once', () => {
  const scope = scopeWith('p', [usdBudget('p', LIMIT)]);
  const asks = () =>
    [JOURNAL, OTHER_JOURNAL].map(
      (journal) => (ledger: PostgresLedger) => askOnce(ledger, journal, 'raced', [scope]),
    );
  const closes = (lease: LeaseId) =>
    [1, 2].map(() => (ledger: PostgresLedger) => closeOnce(ledger, JOURNAL, lease, 10n));
  const unchanged = (): void => undefined;

  it('leave the books in order', async () => {
    expect(await raced(asks, unchanged)).toEqual([]);
    expect(await raced(closes, unchanged)).toEqual([]);
  });

  it('would be noticed without the lock on ledger rows', async () => {
    expect(await raced(asks, (ledger) => without(ledger, 'FOR NO KEY UPDATE OF r'))).not.toEqual([]);
  });

  it('would be noticed without the lock on journals', async () => {
    expect(await raced(closes, (ledger) => without(ledger, 'FOR NO KEY UPDATE'))).not.toEqual([]);
  });
});

const text = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';

/** Takes a lock out of the statements of a ledger's connection. */
const without = (ledger: PostgresLedger, lock: string): void => {
  const { pool } = ledger as unknown as { pool: Pool };
  pool.on('acquire', (client) => {
    const query = Object.getPrototypeOf(client).query as (...args: unknown[]) => unknown;
    client.query = ((config: string | { name: string; text: string }, ...rest: unknown[]) =>
      query.call(
        client,
        typeof config === 'string' || !config.text.endsWith(lock)
          ? config
          : { name: `${config.name}-unlocked`, text: config.text.replace(lock, '') },
        ...rest,
      )) as PoolClient['query'];
  });
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
