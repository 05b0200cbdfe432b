import { deriveId, journalId } from '@gatehouse/kernel';
import type { HeldLease } from '../../domain/journal/held-lease';
import { emptyJournal } from '../../testing/empty-journal';
import { sliceAsk } from '../../testing/lease.contract';
import { JOURNAL, type LedgerHarness, rateLimit, scopeWith, usdBudget } from '../../testing/ledger-harness';
import { meteringDatabase, type MeteringDatabase, postgresHarness } from '../../testing/postgres-harness';

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
