import { deriveId, journalId } from '@gatehouse/kernel';
import { createPool } from '@gatehouse/postgres';
import type { HeldLease } from '../../domain/journal/held-lease';
import { emptyJournal } from '../../testing/empty-journal';
import { sliceAsk } from '../../testing/lease.contract';
import { JOURNAL, type LedgerHarness, rateLimit, scopeWith, usdBudget } from '../../testing/ledger-harness';
import {
  asOwner,
  meteringDatabase,
  type MeteringDatabase,
  postgresHarness,
} from '../../testing/postgres-harness';
import { sweepLedger } from './ledger-sweep';

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

describe('nothing grows for ever', () => {
  let shared: MeteringDatabase;
  let harness: LedgerHarness;

  beforeAll(async () => {
    shared = await meteringDatabase();
  });
  afterAll(() => shared.close());

  beforeEach(async () => {
    harness = await postgresHarness(shared);
    await harness.ledger.carryOut(emptyJournal(JOURNAL));
  });
  afterEach(() => harness.close());

  const close = (leases: readonly HeldLease[], acknowledgedBelow: bigint) =>
    harness.ledger.carryOut({
      type: 'CloseLeases',
      journalId: JOURNAL,
      acknowledgedBelow,
      lastLease: 0n,
      recordsUntold: false,
      finals: leases.map((lease) => ({ ...lease, count: 0n, sum: 0n, doubt: 0n })),
    });

  it('forgets closed leases once their journal knows and a week has passed, open ones never', async () => {
    const scope = scopeWith('p', [usdBudget('p', 100n)]);
    await harness.setScope(scope);
    for (const id of ['a', 'b', 'c']) await harness.ledger.carryOut(sliceAsk(id, [scope], { nanoUsd: 1n }));
    await close((await harness.heldLeases()).slice(0, 2), 2n);
    await harness.ledger.sweep();
    expect(await harness.heldLeases()).toHaveLength(3);
    harness.clock.advance(WEEK + MINUTE);
    await harness.ledger.sweep();
    // The second is closed, but nobody has said that its journal knows.
    expect((await harness.heldLeases()).map(({ number }) => number)).toEqual([2n, 3n]);
  });

  it('forgets ended windows of rate limits, but for those in which a lease is open, and no period of a budget', async () => {
    const scope = scopeWith('p', [rateLimit('rpm', 'requests', 100n), usdBudget('p', 100n)]);
    await harness.setScope(scope);
    const ask = (id: string) => harness.ledger.carryOut(sliceAsk(id, [scope], { requests: 1n, nanoUsd: 1n }));
    await ask('a');
    await close(await harness.heldLeases(), 1n);
    harness.clock.advance(MINUTE);
    await ask('b');
    harness.clock.advance(62 * MINUTE);
    await harness.ledger.sweep();
    const rows = await harness.rows();
    expect(rows.filter(({ budget }) => !budget)).toMatchObject([{ openLeases: 1 }]);
    expect(rows.filter(({ budget }) => budget)).toHaveLength(1);
    // The stream that outlived its window can still be charged.
    await close((await harness.heldLeases()).slice(2), 1n);
    await harness.ledger.sweep();
    expect((await harness.rows()).filter(({ budget }) => !budget)).toEqual([]);
  });

  it('forgets how asks were answered after an hour, refusals too', async () => {
    const scope = scopeWith('p', [usdBudget('p', 1n)]);
    await harness.setScope(scope);
    for (let index = 0; index < 20; index++) {
      await harness.ledger.carryOut(sliceAsk(`ask-${index}`, [scope], { nanoUsd: 5n }));
    }
    const kept = async () => (await shared.pool.query('SELECT 1 FROM metering.slice_ask')).rowCount;
    harness.clock.advance(59 * MINUTE);
    await harness.ledger.sweep();
    expect(await kept()).toBe(20);
    harness.clock.advance(2 * MINUTE);
    await harness.ledger.sweep();
    expect(await kept()).toBe(0);
  });

  it('takes reports of a thousand leases at once', async () => {
    const other = journalId(deriveId('jnl', 'thousand'));
    await harness.ledger.carryOut(emptyJournal(other));
    const scope = scopeWith('p', [usdBudget('p', 10_000n)]);
    await harness.setScope(scope);
    for (let done = 0; done < 1_000; done += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          harness.ledger.carryOut(
            sliceAsk(`${done + index}`, [scope], { nanoUsd: 2n }, { journalId: other }),
          ),
        ),
      );
    }
    const reports = Array.from({ length: 1_000 }, (_, index) => ({
      ...{ number: BigInt(index + 1), sequence: 1n, cap: 2n, count: 1n, sum: 1n, doubt: 0n },
    }));
    const about = { type: 'ReportLeases', journalId: other, incarnation: 1n, unlimited: [] } as const;
    const said = { ...about, reports };
    expect(await harness.ledger.carryOut(said)).toMatchObject({ gone: [], recalled: [] });
    expect(await harness.rows()).toMatchObject([{ closed: 1_000n, open: 1_000n, openLeases: 1_000 }]);
  });
});

/** Closed leases of a week and an hour, asks of an hour and a minute, windows of an hour and a minute. */
const MANY_OF_ALL = `
  INSERT INTO metering.journal (journal_id, incarnation, last_lease, acknowledged_below) VALUES ('jnl', 1, 20000, 20001);
  INSERT INTO metering.held_lease (journal_id, number, organization_id, limit_id, period_start, unit, scope_kind, scope_id, revision, cap,
    status, deadline, sequence, count, sum, doubt, closed_at)
  SELECT 'jnl', n, 'org', 'lim_' || n % 300, date_trunc('minute', now()), 'requests', 'apiKey', 'key', 0, 9, 'closed', at, 1, 1, 1, 0, at
  FROM (SELECT n, now() - n * interval '169 hours' / 20000 AS at FROM generate_series(1, 20000) n) AS closed;
  INSERT INTO metering.slice_ask (journal_id, ask_id, outcome, asked_at)
  SELECT 'jnl', 'ask_' || n, '{}', now() - n * interval '61 minutes' / 20000 FROM generate_series(1, 20000) n;
  INSERT INTO metering.ledger (limit_id, period_start, period_end, rule, scope_kind, scope_id, budget, amount, closed, open, doubt,
    quarantined, ceiling, open_leases, announced)
  SELECT 'lim_' || n % 300, start, start + interval '1 minute', 'minute', 'apiKey', 'key', false, 9, 1, 0, 0, 0, 0, 0, 0
  FROM (SELECT n, date_trunc('minute', now()) - n / 300 * interval '1 minute' AS start FROM generate_series(1, 18600) n) AS windows;
  ANALYZE metering.journal, metering.held_lease, metering.slice_ask, metering.ledger`;

const TIMES_READ = `
  SELECT relname, seq_scan FROM pg_stat_user_tables
  WHERE schemaname = 'metering' AND relname IN ('journal', 'held_lease', 'slice_ask', 'ledger') ORDER BY 1`;

describe('what sweeps', () => {
  // Of its own: who is connected to a database tells some time later what it has read.
  let shared: MeteringDatabase;

  beforeAll(async () => {
    shared = await meteringDatabase();
    await asOwner(shared, MANY_OF_ALL);
  });
  afterAll(() => shared.close());

  it.each([
    ['little', 0],
    ['much', WEEK / 2],
  ])('reads no table from beginning to end where %s is old', async (_how, aheadMs) => {
    const before = await asOwner(shared, TIMES_READ);
    const pool = createPool(shared.database.urlAs('metering'), { name: 'metering-spec', max: 1 });
    expect(await sweepLedger(pool, new Date(Date.now() + aheadMs))).toBeGreaterThan(0);
    await pool.query('SELECT pg_stat_force_next_flush()');
    await pool.end();
    expect(await asOwner(shared, TIMES_READ)).toEqual(before);
  });
});
