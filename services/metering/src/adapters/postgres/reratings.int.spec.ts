import { AppError, deriveId, nanoUsdPerMillion, type ReratingId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import type { WantedRerating } from '../../domain/adjustment/rerating';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { emptyJournal } from '../../testing/empty-journal';
import { sliceAsk } from '../../testing/lease.contract';
import {
  JOURNAL,
  type LedgerHarness,
  ORGANIZATION,
  scopeWith,
  usdBudget,
} from '../../testing/ledger-harness';
import {
  asOwner,
  type MeteringDatabase,
  meteringDatabase,
  postgresHarness,
} from '../../testing/postgres-harness';
import { usageRecord } from '../../testing/usage-record';
import { PostgresBooks } from './postgres-books';
import { PostgresReratings } from './postgres-reratings';
import { PostgresUsageAdjustments } from './postgres-usage-adjustments';
import { PostgresUsageMonths } from './postgres-usage-months';
import { recordUsage } from './record-usage';
import { UsageSeriesIds } from './usage-series-ids';

const SCOPE = { fromDay: '2026-11-09', toDay: '2026-11-11', lagMs: 3_600_000 };
const MAY = (): boolean => true;

describe('reratings', () => {
  let shared: MeteringDatabase;
  let harness: LedgerHarness;
  let pool: PgPool;
  let reratings: PostgresReratings;

  beforeAll(async () => {
    shared = await meteringDatabase();
    pool = new PgPool(shared.pool);
  });
  afterAll(() => shared.close());

  const reratingsWith = (batch: number): PostgresReratings =>
    new PostgresReratings({
      ...{ pool, clock: harness.clock, series: new UsageSeriesIds(pool), onEvents: () => undefined, batch },
    });

  beforeEach(async () => {
    harness = await postgresHarness(shared);
    reratings = reratingsWith(3);
    await harness.ledger.carryOut(emptyJournal(JOURNAL));
    await harness.setScope(scope);
  });
  afterEach(() => harness.close());

  const scope = scopeWith('p', [usdBudget('p', 10_000_000n)]);
  const kinds = [
    { kind: 'input', quantity: 10n, rate: 1n },
    { kind: 'output', quantity: 5n, rate: 1n },
  ] as const;

  /** Calls under one lease that is closed with what they cost. */
  const called = async (...records: readonly Partial<UsageRecord>[]): Promise<void> => {
    await harness.ledger.carryOut(sliceAsk('ask', [scope], { nanoUsd: 5_000_000n }));
    const leases = (await harness.heldLeases()).slice(-1);
    const full = records.map((some, index) =>
      usageRecord({
        ...{ requestId: `req-${index}`, organizationId: ORGANIZATION, journalId: JOURNAL, kinds },
        ...{ admittedAt: new Date(harness.clock.now().getTime() + index * 20_000), metadata: { team: 'a' } },
        leases: leases.map(({ number }) => number),
        ...some,
      }),
    );
    const account = { months: new PostgresUsageMonths(pool), series: new UsageSeriesIds(pool) };
    await pool.inTransaction((tx) => recordUsage(tx, account, full));
    const sum = full.reduce((all, { amount = 0n }) => all + amount, 0n);
    await harness.ledger.carryOut({
      ...{
        type: 'CloseLeases',
        journalId: JOURNAL,
        acknowledgedBelow: 1n,
        lastLease: 0n,
        recordsUntold: false,
      },
      finals: leases.map((lease) => ({ ...lease, count: BigInt(full.length), sum, doubt: 0n })),
    });
    harness.clock.advance(7_200_000);
  };

  const wantedAt = (
    input: bigint,
    id = 'r',
    more: Partial<WantedRerating['terms']> = {},
  ): WantedRerating => ({
    id: deriveId('rrt', id) as ReratingId,
    terms: {
      organizationId: ORGANIZATION,
      ...{ from: new Date('2026-11-09T00:00:00Z'), to: harness.clock.now(), ...more },
    },
    priceBookVersion: 2n,
    prices: new Map([
      [
        deriveId('int', 'i'),
        new Map([['small', { rates: { input: rate(input), output: rate(0n) }, tiers: [] }]]),
      ],
    ]),
    asked: {
      actor: { kind: 'apiKey', id: deriveId('key', 'k'), address: '' },
      ...{ reason: 'a wrong price', requestId: id, command: 'RerateUsage' },
    },
  });
  const rate = (nano: bigint) => nanoUsdPerMillion(nano * 1_000_000n);
  const FREELY = { status: 'running', approval: { kind: 'needless' } } as const;
  const run = async (by = reratings): Promise<void> => {
    while (await by.carryOn());
  };
  const spent = async () => (await harness.rows()).map(({ closed }) => closed);
  const found = async () => (await new PostgresBooks(pool, harness.clock).reconcile(SCOPE)).differences;
  const TEN = Array.from({ length: 10 }, () => ({}));

  it('does what a look has said, once, in batches, and the books agree', async () => {
    await called(...TEN);
    expect(await found()).toEqual([]);
    const wanted = wantedAt(2_000n);
    const look = await reratings.look(wanted.terms, wanted.prices, MAY);
    expect(look).toMatchObject({
      tally: { changed: 10n, before: 150_000n, after: 200_000n },
      ...{ limits: [{ spent: 50_000n, doubt: 0n }], lowers: 0n, lookedFrom: undefined },
    });
    expect(await spent()).toEqual([150_000n]);
    await reratings.keep(wanted, FREELY);
    await reratings.keep(wanted, FREELY);
    await run();
    expect(await reratings.find(ORGANIZATION, wanted.id)).toMatchObject({
      ...{ status: 'done', batches: 4, tally: look.tally, lowered: 0n },
    });
    expect(await spent()).toEqual([200_000n]);
    expect(await found()).toEqual([]);
    const told = await asOwner<{ type: string }>(
      shared,
      'SELECT type FROM metering.pending_event ORDER BY ordinal',
    );
    const types = told.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('UsageRerat'))).toEqual([
      ...['UsageReratingBegun', 'UsageRerated', 'UsageRerated', 'UsageRerated', 'UsageRerated'],
      'UsageReratingEnded',
    ]);
    // And down again, from what it was made; the third is of one model that nobody called.
    await reratings.keep(wantedAt(1_000n, 'down'), FREELY);
    await reratings.keep(wantedAt(9_000n, 'nobody', { model: 'large' }), FREELY);
    await run();
    expect(await reratings.find(ORGANIZATION, wantedAt(0n, 'down').id)).toMatchObject({
      ...{ status: 'done', lowered: 100_000n, tally: { changed: 10n, before: 200_000n, after: 100_000n } },
    });
    expect(await reratings.find(ORGANIZATION, wantedAt(0n, 'nobody').id)).toMatchObject({
      ...{ status: 'done', tally: { changed: 0n, unchanged: 0n } },
    });
    expect(await spent()).toEqual([100_000n]);
    expect(await found()).toEqual([]);
  });

  it('leaves what an invoice has said, what nobody knows, and what has no price', async () => {
    const adjustments = new PostgresUsageAdjustments({
      ...{ pool, clock: harness.clock, series: new UsageSeriesIds(pool), onEvents: () => undefined },
    });
    await called(
      {},
      {},
      { kinds: [] },
      { estimated: true, doubt: 9n },
      { model: 'other' },
      { amount: 20_000n },
    );
    const asked = { ...wantedAt(0n).asked, requestId: 'invoice', command: 'AdjustUsage' };
    const invoice = {
      organizationId: ORGANIZATION,
      amount: 77n,
      approval: { kind: 'needless' },
      asked,
    } as const;
    await adjustments.adjust(invoice, { requestId: 'req-0', attempt: 1, day: '2026-11-10' });
    await reratings.keep(wantedAt(2_000n), FREELY);
    await run();
    const { tally } = (await reratings.find(ORGANIZATION, wantedAt(0n).id)) ?? {};
    expect(tally).toEqual({
      ...{
        changed: 1n,
        unchanged: 1n,
        unknown: 2n,
        unpriced: 1n,
        adjusted: 1n,
        unsettled: 0n,
        unapproved: 0n,
      },
      ...{ before: 15_000n, after: 20_000n, unknownBefore: 0n },
    });
    // An invoice that comes later outranks a price as well.
    await adjustments.adjust(
      { ...invoice, amount: 88n, asked: { ...asked, requestId: 'later' } },
      { requestId: 'req-1', attempt: 1, day: '2026-11-10' },
    );
    await reratings.keep(wantedAt(3_000n, 'again'), FREELY);
    await run();
    expect(await reratings.find(ORGANIZATION, wantedAt(0n, 'again').id)).toMatchObject({
      tally: { changed: 1n, adjusted: 2n, before: 20_000n, after: 30_000n },
    });
    expect(await found()).toEqual([]);
  });

  it('goes on where it was, whatever fails in the middle, and with whoever else is at it', async () => {
    await called(...TEN);
    await reratings.keep(wantedAt(2_000n), FREELY);
    expect(await reratings.carryOn()).toBe(true);
    const halfway = await spent();
    expect(halfway).toEqual([165_000n]);
    // What is decided last is not to be written: nothing of the batch is.
    await asOwner(
      shared,
      'ALTER TABLE metering.rerating ADD CONSTRAINT broken CHECK (batches < 2) NOT VALID',
    );
    await expect(reratings.carryOn()).rejects.toThrow();
    expect(await spent()).toEqual(halfway);
    expect(await found()).toEqual([]);
    await asOwner(shared, 'ALTER TABLE metering.rerating DROP CONSTRAINT broken');
    harness.clock.advance(1_000);
    const others = Array.from({ length: 3 }, () => reratingsWith(3));
    await Promise.all(
      others.map(async (other) => {
        for (let looks = 0; looks < 8; looks++) await other.carryOn();
      }),
    );
    await run();
    expect(await reratings.find(ORGANIZATION, wantedAt(0n).id)).toMatchObject({
      ...{ status: 'done', batches: 4, tally: { changed: 10n, after: 200_000n } },
    });
    expect(await spent()).toEqual([200_000n]);
    expect(await found()).toEqual([]);
  });

  it('that fails again and again holds up nobody, is tried later and later, and is given up in the end', async () => {
    await called(...TEN);
    // What it was asked by cannot be read any more.
    const broken = wantedAt(3_000n, 'broken');
    await reratings.keep(broken, FREELY);
    await asOwner(shared, `UPDATE metering.rerating SET prices = '{"int": null}'`);
    await reratings.keep(wantedAt(2_000n, 'other'), FREELY);
    await expect(reratings.carryOn()).rejects.toThrow();
    await run();
    expect(await reratings.find(ORGANIZATION, wantedAt(0n, 'other').id)).toMatchObject({ status: 'done' });
    expect(await spent()).toEqual([200_000n]);
    const state = async () =>
      (
        await asOwner<{ status: string; failures: number; batches: number; retry_at: Date | null }>(
          shared,
          `SELECT status, failures, batches, retry_at FROM metering.rerating WHERE rerating_id = '${broken.id}'`,
        )
      )[0];
    const waits: number[] = [];
    for (let failures = 1; (await state())?.status === 'running'; failures++) {
      expect(await state()).toMatchObject({ failures, batches: 0 });
      const waitMs = ((await state())?.retry_at?.getTime() ?? 0) - harness.clock.now().getTime();
      waits.push(waitMs);
      harness.clock.advance(waitMs - 1);
      expect(await reratings.carryOn()).toBe(false);
      harness.clock.advance(1);
      await expect(reratings.carryOn()).rejects.toThrow();
    }
    expect(waits).toEqual([
      ...Array.from({ length: 10 }, (_, doubled) => 1_000 * 2 ** doubled),
      ...Array<number>(7).fill(600_000),
    ]);
    expect(await state()).toEqual({ status: 'failed', failures: 18, batches: 0, retry_at: null });
    expect(await reratings.carryOn()).toBe(false);
    const told = await asOwner<{ type: string; data: string }>(
      shared,
      `SELECT type FROM metering.pending_event WHERE stream = 'rerating-${broken.id}' ORDER BY ordinal`,
    );
    expect(told.map(({ type }) => type)).toEqual(['UsageReratingBegun', 'UsageReratingEnded']);
  });

  it('that failed for a while goes on, and has failed no more', async () => {
    await called(...TEN);
    await reratings.keep(wantedAt(2_000n), FREELY);
    await asOwner(
      shared,
      'ALTER TABLE metering.rerating ADD CONSTRAINT broken CHECK (batches < 1) NOT VALID',
    );
    await expect(reratings.carryOn()).rejects.toThrow();
    await asOwner(shared, 'ALTER TABLE metering.rerating DROP CONSTRAINT broken');
    expect(await reratings.find(ORGANIZATION, wantedAt(0n).id)).toMatchObject({
      status: 'running',
      failures: 1,
    });
    harness.clock.advance(1_000);
    await run();
    expect(await reratings.find(ORGANIZATION, wantedAt(0n).id)).toMatchObject({
      ...{ status: 'done', failures: 0, retryAt: undefined, tally: { changed: 10n } },
    });
    expect(await spent()).toEqual([200_000n]);
  });

  it('waits for its approval, and lowers no more than that', async () => {
    await called(...TEN);
    const wanted = wantedAt(500n);
    const { lowers } = await reratings.look(wanted.terms, wanted.prices, MAY);
    expect(lowers).toBe(100_000n);
    await reratings.keep(wanted, { status: 'proposed', approval: { kind: 'wanted' } });
    expect(await reratings.carryOn()).toBe(false);
    const approved = { lowersMax: 45_000n, causationId: 'approved' };
    await reratings.approve(ORGANIZATION, wanted.id, approved);
    await reratings.approve(ORGANIZATION, wanted.id, { ...approved, lowersMax: lowers });
    await run();
    expect(await reratings.find(ORGANIZATION, wanted.id)).toMatchObject({
      ...{ status: 'done', lowered: 40_000n, tally: { changed: 4n, unapproved: 6n } },
      asked: { causationId: 'approved' },
    });
    expect(await spent()).toEqual([110_000n]);
    await expect(
      reratings.approve(ORGANIZATION, deriveId('rrt', 'nobody') as ReratingId, approved),
    ).rejects.toThrow(new AppError('NOT_FOUND', 'RERATING_UNKNOWN'));
  });

  it('says how far back it has looked where there is no more time', async () => {
    await called(
      ...Array.from({ length: 1_001 }, (_, index) => ({
        requestId: `req-${index}`,
        admittedAt: harness.clock.now(),
      })),
    );
    const { terms, prices } = wantedAt(2_000n);
    expect(await reratings.look(terms, prices, () => false)).toMatchObject({
      tally: { changed: 1_000n },
      lookedFrom: expect.any(Date) as Date,
    });
    expect((await reratings.look(terms, prices, MAY)).lookedFrom).toBeUndefined();
  });
});
