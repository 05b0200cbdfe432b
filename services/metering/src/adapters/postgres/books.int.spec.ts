import { deriveId, journalId, limitId, organizationId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { PgPool } from '@gatehouse/platform';
import type { PoolClient } from 'pg';
import { reconcileTonight } from '../../app/books/nightly-reconciliation.process';
import type { HeldLease } from '../../domain/journal/held-lease';
import type { UsageRecord } from '../../domain/usage/usage-record';
import { emptyJournal } from '../../testing/empty-journal';
import { sliceAsk } from '../../testing/lease.contract';
import {
  byOperator,
  JOURNAL,
  type LedgerHarness,
  ORGANIZATION,
  rateLimit,
  scopeWith,
  usdBudget,
} from '../../testing/ledger-harness';
import {
  asOwner,
  type MeteringDatabase,
  meteringDatabase,
  postgresHarness,
  rollUpUsage,
} from '../../testing/postgres-harness';
import { usageRecord } from '../../testing/usage-record';
import { PostgresBooks } from './postgres-books';
import { PostgresUsageAdjustments } from './postgres-usage-adjustments';
import { PostgresUsageMonths } from './postgres-usage-months';
import { recordUsage } from './record-usage';
import { COUNTERS } from './usage-counts-query';
import { UsageSeriesIds } from './usage-series-ids';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const SCOPE = { fromDay: '2026-11-09', toDay: '2026-11-11', lagMs: HOUR };
const LIMIT = deriveId('lim', 'p');
/** Who waits for a lock. */
const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const OURS = organizationId(deriveId('org', 'ours'));

describe('the books', () => {
  let shared: MeteringDatabase;
  let harness: LedgerHarness;
  let books: PostgresBooks;
  let pool: PgPool;

  beforeAll(async () => {
    shared = await meteringDatabase();
    pool = new PgPool(shared.pool);
  });
  afterAll(() => shared.close());

  beforeEach(async () => {
    harness = await postgresHarness(shared);
    books = new PostgresBooks(pool, harness.clock);
    await harness.ledger.carryOut(emptyJournal(JOURNAL));
    await harness.setScope(scope);
  });
  afterEach(() => harness.close());

  const scope = scopeWith('p', [usdBudget('p', 10_000n), rateLimit('rpm', 'requests', 100n)]);

  /** Its two leases, of the budget and of the window. */
  const leased = async (id: string): Promise<readonly HeldLease[]> => {
    await harness.ledger.carryOut(sliceAsk(id, [scope], { nanoUsd: 1_000n, requests: 10n }));
    return (await harness.heldLeases()).slice(-2);
  };

  const close = (leases: readonly HeldLease[], settled: { count: bigint; nanoUsd: bigint; doubt?: bigint }) =>
    harness.ledger.carryOut({
      type: 'CloseLeases',
      journalId: JOURNAL,
      acknowledgedBelow: 1n,
      lastLease: 0n,
      recordsUntold: false,
      finals: leases.map((lease) => ({
        ...lease,
        count: settled.count,
        sum: lease.unit === 'nanoUsd' ? settled.nanoUsd : settled.count,
        doubt: lease.unit === 'nanoUsd' ? (settled.doubt ?? 0n) : 0n,
      })),
    });

  const told = async (...records: readonly Partial<UsageRecord>[]): Promise<void> => {
    const account = { months: new PostgresUsageMonths(pool), series: new UsageSeriesIds(pool, bounds) };
    const full = records.map((some, index) =>
      usageRecord({
        requestId: `req-${++calls}-${index}`,
        journalId: JOURNAL,
        admittedAt: harness.clock.now(),
        ...some,
      }),
    );
    await pool.inTransaction((tx) => recordUsage(tx, account, full));
    await rollUpUsage(shared);
  };
  let calls = 0;
  const bounds = { values: 3, keys: 2 };

  const numbersOf = (leases: readonly HeldLease[]) => leases.map(({ number }) => number);
  const found = async () => (await books.reconcile(SCOPE)).differences;

  /** Two calls, one of them lost with its gateway, both told. */
  const aCleanLife = async (): Promise<readonly HeldLease[]> => {
    const leases = await leased(`life ${++calls}`);
    await close(leases, { count: 2n, nanoUsd: 700n, doubt: 500n });
    await told(
      { leases: numbersOf(leases), amount: 200n, metadata: { team: 'a' } },
      {
        ...{ leases: numbersOf(leases), amount: 500n, outcome: 'unknown', estimated: true },
        ...{ inputTokens: undefined, outputTokens: undefined, firstByteMs: undefined, totalMs: undefined },
      },
    );
    return leases;
  };

  it('agree where all went its way, doubt and unknown usage too', async () => {
    await aCleanLife();
    await leased('open');
    expect(await books.reconcile(SCOPE)).toEqual({
      ...{ rows: 2n, leases: 2n, onTheWay: 0n, counters: 3n, differing: 0n, differences: [], excepted: 1n },
      exceptions: [
        {
          ...{
            kind: 'inDoubt',
            organizationId: ORGANIZATION,
            limitId: LIMIT,
            amount: 500n,
            eventId: undefined,
          },
          subject: `${LIMIT} 2026-11-01T00:00:00.000Z`,
        },
      ],
    });
  });

  it('agree about leases that were forgotten', async () => {
    const leases = await aCleanLife();
    await harness.ledger.carryOut({
      ...{ type: 'CloseLeases', journalId: JOURNAL, lastLease: 0n, recordsUntold: false, finals: [] },
      acknowledgedBelow: (leases.at(-1)?.number ?? 0n) + 1n,
    });
    harness.clock.advance(WEEK + HOUR);
    await harness.ledger.sweep();
    expect(await harness.heldLeases()).toEqual([]);
    expect(await found()).toEqual([]);
    const { rows } = await pool.query('SELECT forgotten, forgotten_doubt FROM metering.ledger WHERE budget');
    expect(rows).toEqual([{ forgotten: 700n, forgotten_doubt: 500n }]);
  });

  it.each([
    ['spent', 'closed = closed + 1', '701', '700'],
    ['held', 'open = open + 7', '1007', '1000'],
    ['in doubt', 'doubt = 0', '0', '500'],
    ['open leases', 'open_leases = 0', '0', '1'],
    ['in quarantine', 'quarantined = 1', '1', '0'],
  ])('find a row whose leases say another thing: %s', async (figure, change, kept, said) => {
    await aCleanLife();
    await leased('open');
    await asOwner(shared, `UPDATE metering.ledger SET ${change} WHERE budget`);
    expect(await found()).toEqual([
      {
        ...{ kind: 'row', organizationId: ORGANIZATION, figure, kept, found: said },
        subject: `${LIMIT} 2026-11-01T00:00:00.000Z`,
      },
    ]);
  });

  it('find a budget whose row is gone, and no window of which that is so', async () => {
    await aCleanLife();
    await asOwner(shared, 'DELETE FROM metering.ledger');
    expect(await found()).toMatchObject([{ kind: 'rowMissing', figure: 'leases', kept: '0', found: '1' }]);
  });

  it('find records that are missing once they should be there, and what nobody had leased at once', async () => {
    const leases = await leased('a');
    await close(leases, { count: 2n, nanoUsd: 300n });
    await told({ leases: numbersOf(leases), amount: 100n });
    expect(await books.reconcile(SCOPE)).toMatchObject({ onTheWay: 2n, differences: [] });
    harness.clock.advance(HOUR + 1);
    const [ofBudget = '', ofWindow = ''] = leases.map(({ number }) => `${JOURNAL}.${number}`);
    const lease = { kind: 'lease', organizationId: ORGANIZATION };
    expect(await found()).toEqual([
      { ...lease, subject: ofBudget, figure: 'attempts', kept: '2', found: '1' },
      { ...lease, subject: ofBudget, figure: 'spent, but for doubt', kept: '300', found: '100' },
      { ...lease, subject: ofWindow, figure: 'attempts', kept: '2', found: '1' },
      { ...lease, subject: ofWindow, figure: 'spent, but for doubt', kept: '2', found: '1' },
    ]);
    await told({ leases: numbersOf(leases), amount: 200n });
    expect(await found()).toEqual([]);
    await told({ leases: [99n] }, { leases: [1n], journalId: journalId(deriveId('jnl', 'never')) });
    expect(await found()).toEqual(
      expect.arrayContaining([
        {
          ...{ kind: 'leaseMissing', organizationId: OURS, subject: `${JOURNAL}.99` },
          ...{ figure: 'attempts', kept: '0', found: '1' },
        },
        expect.objectContaining({ subject: `${deriveId('jnl', 'never')}.1` }),
      ]),
    );
  });

  it('are compared of leases for a week, also where their journal never speaks again', async () => {
    const leases = await leased('a');
    await close(leases, { count: 1n, nanoUsd: 300n });
    await leased('silent');
    harness.clock.advance(HOUR);
    await harness.ledger.quarantineSilent();
    const silent = (await harness.heldLeases()).filter(({ status }) => status === 'quarantined');
    await harness.ledger.carryOut({
      ...{ type: 'ReleaseQuarantine', journalId: JOURNAL, numbers: numbersOf(silent) },
      asked: byOperator('gone'),
    });
    harness.clock.advance(WEEK - HOUR);
    expect(await books.reconcile(SCOPE)).toMatchObject({ leases: 4n, differing: 4n, excepted: 2n });
    harness.clock.advance(HOUR + 1);
    await harness.ledger.sweep();
    expect(await harness.heldLeases()).toHaveLength(4);
    expect(await books.reconcile(SCOPE)).toMatchObject({ leases: 0n, differences: [], excepted: 0n });
  });

  it('find a lease that charged another amount, or more calls, at once', async () => {
    const [other, more] = [await leased('a'), await leased('b')];
    await close(other, { count: 1n, nanoUsd: 101n });
    await close(more, { count: 1n, nanoUsd: 100n });
    await told(...[other, more, more].map((leases) => ({ leases: numbersOf(leases), amount: 100n })));
    expect((await found()).map(({ figure, kept, found: said }) => [figure, kept, said])).toEqual([
      ['spent, but for doubt', '101', '100'],
      ['attempts', '1', '2'],
      ['spent, but for doubt', '100', '200'],
      ['attempts', '1', '2'],
      ['spent, but for doubt', '1', '2'],
    ]);
  });

  it('except what is in quarantine and what was released, each with its event', async () => {
    const [silent, released] = [await leased('a'), await leased('b')];
    harness.clock.advance(HOUR);
    await harness.ledger.quarantineSilent();
    await told({ leases: numbersOf(released), amount: 400n });
    const numbers = released.filter(({ unit }) => unit === 'nanoUsd').map(({ number }) => number);
    const release = {
      type: 'ReleaseQuarantine',
      journalId: JOURNAL,
      numbers,
      asked: byOperator('gone'),
    } as const;
    expect(await harness.ledger.carryOut(release)).toBe(1);
    const { differences, exceptions } = await books.reconcile(SCOPE);
    expect(differences).toEqual([]);
    const kept = [...silent, ...released.filter(({ unit }) => unit === 'requests')];
    expect(exceptions.map(({ kind, subject, amount }) => ({ kind, subject, amount }))).toEqual([
      ...kept.map(({ number, cap }) => ({
        ...{ kind: 'quarantined', subject: `${JOURNAL}.${number}`, amount: cap },
      })),
      { kind: 'released', subject: `${JOURNAL}.${numbers[0]}`, amount: 0n },
    ]);
    const { rows } = await pool.query<{ event_id: string }>('SELECT event_id FROM metering.pending_event');
    const events = rows.map(({ event_id }) => event_id);
    expect(exceptions.map(({ eventId }) => events.includes(eventId ?? ''))).toEqual([true, true, true, true]);
  });

  it.each([
    ['counter', 'requests', `UPDATE metering.usage_minute SET requests = 3 WHERE requests = 1`],
    ['counter', 'amount_nano_usd', 'UPDATE metering.usage_minute SET amount_nano_usd = 1'],
    ['counter', 'first_byte', 'UPDATE metering.usage_minute SET first_byte = NULL'],
    ['counter', 'requests', 'DELETE FROM metering.usage_minute'],
    ['rollup', 'doubt_nano_usd', 'UPDATE metering.usage_hour SET doubt_nano_usd = 1'],
    ['rollup', 'total', 'UPDATE metering.usage_day SET total = NULL'],
    ['rollup', 'requests', 'DELETE FROM metering.usage_margin_hour'],
    ['rollup', 'input_tokens', 'UPDATE metering.usage_margin_day SET input_tokens = input_tokens + 1'],
    ['counter', 'requests', 'DELETE FROM metering.usage_series'],
  ])('find a %s that says another %s: %s', async (kind, figure, sql) => {
    await aCleanLife();
    await asOwner(shared, sql);
    expect(await found()).toEqual(expect.arrayContaining([expect.objectContaining({ kind, figure })]));
  });

  /** Of three days, 300 calls a day. */
  const manyCalls = (day: number) =>
    Array.from({ length: 300 }, (_, i): Partial<UsageRecord> => ({
      ...{
        journalId: '',
        leases: [],
        model: `model-${i % 3}`,
        outcome: i % 7 ? 'completed' : 'clientLeft',
      },
      amount: i % 5 ? BigInt(i) : undefined,
      firstByteMs: i % 4 ? i : undefined,
      totalMs: i % 4 ? 3 * i : undefined,
      metadata: i % 6 ? {} : { team: `team-${i % 4}` },
      admittedAt: new Date(Date.parse('2026-11-09T00:00:00Z') + day * 24 * HOUR + i * 280_000),
    }));
  const counters = async () =>
    (
      await pool.query(
        COUNTERS.map((name) => `SELECT '${name}' AS name, c.* FROM metering.usage_${name} c`).join(
          ' UNION ALL ',
        ) + ' ORDER BY name, series_id, begins',
      )
    ).rows;

  it('have counters that are added up anew to what they were', async () => {
    for (const day of [0, 1, 2]) await told(...manyCalls(day));
    const before = await counters();
    expect(await books.rebuildCounters(SCOPE)).toBe(0);
    expect(await counters()).toEqual(before);
    await asOwner(
      shared,
      `DELETE FROM metering.usage_minute WHERE series_id % 2 = 0; DELETE FROM metering.usage_hour;
       UPDATE metering.usage_day SET requests = 1, amount_nano_usd = 7, first_byte = total, total = NULL;
       DELETE FROM metering.usage_margin_hour; UPDATE metering.usage_margin_day SET doubt_nano_usd = 9;
       INSERT INTO metering.usage_minute VALUES (1, '2026-11-10T01:01:00Z', 5, 5, 5, 5, 5, 5, NULL, NULL)
         ON CONFLICT (series_id, begins) DO UPDATE SET requests = 0`,
    );
    expect(await books.rebuildCounters(SCOPE)).toBeGreaterThan(0);
    expect(await counters()).toEqual(before);
  });

  it('have counters that are added up by whoever comes after one that died, wherever it did', async () => {
    for (const day of [0, 1, 2]) await told(...manyCalls(day));
    const before = await counters();
    class DyingPool extends PgPool {
      private done = 0;
      constructor(private readonly after: number) {
        super(shared.pool);
      }
      override inTransaction<T>(work: (tx: PoolClient) => Promise<T>): Promise<T> {
        return super.inTransaction(async (tx) => {
          const result = await work(tx);
          if (this.done++ >= this.after) throw new Error('died before it was committed');
          return result;
        });
      }
    }
    for (let after = 0; after < 3 * COUNTERS.length; after += 4) {
      await asOwner(shared, COUNTERS.map((name) => `DELETE FROM metering.usage_${name}`).join(';'));
      const dying = new PostgresBooks(new DyingPool(after), harness.clock);
      await expect(dying.rebuildCounters(SCOPE)).rejects.toThrow('died');
      expect(await found()).not.toEqual([]);
      expect(await books.rebuildCounters(SCOPE)).toBeGreaterThan(0);
      expect(await counters()).toEqual(before);
    }
  });

  it('agree about metadata beyond what is counted', async () => {
    for (const value of ['a', 'b', 'c', 'd', 'e', 'a'])
      await told({ leases: [], metadata: { team: value, _user: `u-${value}`, [`key-${value}`]: value } });
    const { rows } = await pool.query("SELECT FROM metering.usage_series WHERE label_key <> ''");
    expect(rows).toHaveLength(2 * (bounds.values + 1));
    expect(await found()).toEqual([]);
    expect(await books.rebuildCounters(SCOPE)).toBe(0);
  });

  it('have counters that are added up anew while records come, each once', async () => {
    await told(...manyCalls(0));
    await asOwner(shared, 'DELETE FROM metering.usage_minute; DELETE FROM metering.usage_day');
    const calls = manyCalls(1);
    const coming = async (): Promise<void> => {
      for (let done = 0; done < calls.length; done += 10)
        await Promise.all([told(...calls.slice(done, done + 5)), told(...calls.slice(done + 5, done + 10))]);
    };
    let over = false;
    const come = coming().finally(() => {
      over = true;
    });
    let rebuilt = 0;
    for (; !over; rebuilt++) {
      // Counters of what comes are lost too, again and again.
      await asOwner(shared, 'DELETE FROM metering.usage_hour WHERE series_id % 2 = 0');
      await Promise.all([books.rebuildCounters(SCOPE), books.rebuildCounters(SCOPE)]);
    }
    await come;
    expect(rebuilt).toBeGreaterThan(1);
    await books.rebuildCounters(SCOPE);
    expect(await found()).toEqual([]);
    // The last to come may have met another that rolled up, without it.
    await rollUpUsage(shared);
    const { rows } = await pool.query(
      `SELECT sum(requests) AS requests FROM metering.usage_day JOIN metering.usage_series USING (series_id) WHERE label_key = ''`,
    );
    expect(rows).toEqual([{ requests: '600' }]);
  });

  describe('of what was learnt later', () => {
    const DAY = '2026-11-10';
    const ASKED = {
      actor: { kind: 'operator', id: 'operator', address: '' },
      ...{ reason: 'invoice', command: 'AdjustUsage' },
    } as const;
    const adjustments = () =>
      new PostgresUsageAdjustments({
        ...{
          pool,
          clock: harness.clock,
          series: new UsageSeriesIds(pool, bounds),
          onEvents: () => undefined,
        },
      });
    const adjust = (amount: bigint, requestId: string, usageRequestId: string) =>
      adjustments().adjust(
        { organizationId: OURS, amount, approval: { kind: 'needless' }, asked: { ...ASKED, requestId } },
        { requestId: usageRequestId, attempt: 1, day: DAY },
      );
    const spent = async () =>
      (await harness.rows()).filter(({ budget }) => budget).map(({ closed, doubt }) => [closed, doubt]);
    const telling = (leases: readonly HeldLease[], some: Partial<UsageRecord>) =>
      told({ requestId: 'call', leases: numbersOf(leases), metadata: { team: 'a' }, ...some });

    it('are moved together, and agree: counters, rows and what is added up anew', async () => {
      const leases = await leased('a');
      await telling(leases, { amount: 300n, outcome: 'unknown' });
      await expect(adjust(250n, 'early', 'call')).rejects.toMatchObject({ reason: 'USAGE_UNSETTLED' });
      await close(leases, { count: 1n, nanoUsd: 300n, doubt: 300n });
      const limits = (moved: bigint, doubt: bigint) => [
        { limitId: LIMIT, periodStart: new Date('2026-11-01'), spent: moved, doubt },
      ];
      const first = { before: 300n, amount: 250n, limits: limits(-50n, -300n) };
      expect(await adjust(250n, 'one', 'call')).toEqual(first);
      expect(await adjust(250n, 'one', 'call')).toEqual(first);
      await expect(adjust(251n, 'one', 'call')).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
      await expect(adjust(1n, 'none', 'no such call')).rejects.toMatchObject({ reason: 'USAGE_UNKNOWN' });
      expect(await adjust(400n, 'two', 'call')).toEqual({
        before: 250n,
        amount: 400n,
        limits: limits(150n, 0n),
      });
      expect(await spent()).toEqual([[400n, 0n]]);
      expect(await found()).toEqual([]);
      expect(await books.rebuildCounters(SCOPE)).toBe(0);
      await rollUpUsage(shared);
      await asOwner(shared, 'DELETE FROM metering.usage_minute');
      await books.rebuildCounters(SCOPE);
      const { rows } = await pool.query(
        'SELECT DISTINCT amount_nano_usd, doubt_nano_usd FROM metering.usage_minute',
      );
      expect(rows).toEqual([{ amount_nano_usd: '400', doubt_nano_usd: '0' }]);
      const events = await pool.query(
        "SELECT data->>'beforeNanoUsd' AS before, data->>'amountNanoUsd' AS amount FROM metering.pending_event WHERE type = 'UsageAdjusted' ORDER BY ordinal",
      );
      expect(events.rows).toEqual([
        { before: '300', amount: '250' },
        { before: '250', amount: '400' },
      ]);
      await asOwner(shared, "UPDATE metering.ledger_correction SET spent = 0 WHERE request_id = 'two'");
      expect(await found()).toMatchObject([{ kind: 'row', figure: 'spent', kept: '400', found: '250' }]);
    });

    it('are moved once by many at once', async () => {
      const leases = await leased('a');
      await close(leases, { count: 1n, nanoUsd: 300n });
      await telling(leases, { amount: 300n });
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => adjust(BigInt(index % 3), `many ${index % 3}`, 'call')),
      );
      const last = answers[0]?.amount;
      expect(last).toBe(0n);
      const [{ amount = -1n } = {}] = (
        await pool.query<{ amount: bigint }>(
          'SELECT amount_nano_usd AS amount FROM metering.usage_correction ORDER BY ordinal DESC LIMIT 1',
        )
      ).rows;
      expect(await spent()).toEqual([[amount, 0n]]);
      expect(await found()).toEqual([]);
    });

    it('know of doubt that was waived, until its truth is learnt', async () => {
      const leases = await leased('a');
      await close(leases, { count: 1n, nanoUsd: 300n, doubt: 300n });
      await telling(leases, { amount: 300n, outcome: 'unknown' });
      const waive = (requestId: string) =>
        adjustments().waive(
          { organizationId: ORGANIZATION, asked: { ...ASKED, requestId }, approval: { kind: 'needless' } },
          limitId(LIMIT),
        );
      await Promise.all([waive('waive'), waive('waive')]);
      expect(await spent()).toEqual([[0n, 0n]]);
      expect(await found()).toEqual([]);
      const events = (await harness.events()).filter(({ type }) => type === 'DoubtWaived');
      expect(events).toMatchObject([{ waived: 300n, spent: 0n }]);
      // Another comes into doubt, which nobody waived.
      harness.clock.advance(1_000);
      const others = await leased('b');
      await close(others, { count: 1n, nanoUsd: 100n, doubt: 100n });
      await telling(others, {
        ...{ requestId: 'another', amount: 100n, outcome: 'unknown', admittedAt: harness.clock.now() },
      });
      expect(await adjust(250n, 'truth', 'call')).toMatchObject({ limits: [{ spent: 250n, doubt: 0n }] });
      expect(await spent()).toEqual([[350n, 100n]]);
      expect(await found()).toEqual([]);
      expect(await adjust(80n, 'other truth', 'another')).toMatchObject({
        limits: [{ spent: -20n, doubt: -100n }],
      });
      expect(await adjust(240n, 'better', 'call')).toMatchObject({ limits: [{ spent: -10n, doubt: 0n }] });
      expect(await spent()).toEqual([[320n, 0n]]);
      expect(await found()).toEqual([]);
    });

    it('are of the present period, though a clock that was ahead has opened another', async () => {
      const leases = await leased('a');
      await close(leases, { count: 1n, nanoUsd: 300n, doubt: 300n });
      harness.clock.advance(5 * WEEK);
      await leased('ahead');
      harness.clock.advance(-5 * WEEK);
      await adjustments().waive(
        {
          organizationId: ORGANIZATION,
          asked: { ...ASKED, requestId: 'waive' },
          approval: { kind: 'needless' },
        },
        limitId(LIMIT),
      );
      expect(await spent()).toEqual([
        [0n, 0n],
        [0n, 0n],
      ]);
    });

    it('take what was waived once, where the truth of two is learnt at once', async () => {
      const waived = await leased('a');
      const late = await leased('b');
      await close(waived, { count: 1n, nanoUsd: 300n, doubt: 300n });
      await telling(waived, { amount: 300n, outcome: 'unknown' });
      await adjustments().waive(
        {
          ...{ organizationId: ORGANIZATION, approval: { kind: 'needless' } },
          asked: { ...ASKED, requestId: 'waive' },
        },
        limitId(LIMIT),
      );
      await close(late, { count: 1n, nanoUsd: 100n, doubt: 100n });
      await telling(late, { requestId: 'another', amount: 100n, outcome: 'unknown' });
      const holder = await shared.pool.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT FROM metering.ledger WHERE budget FOR UPDATE');
      const both = Promise.all([adjust(250n, 'truth', 'call'), adjust(80n, 'other truth', 'another')]);
      await eventually(async () => expect(await asOwner(shared, WAITING)).toHaveLength(2));
      await holder.query('COMMIT');
      holder.release();
      await both;
      expect(await spent()).toEqual([[330n, 0n]]);
      expect(await found()).toEqual([]);
    });

    it('find their period by the limits of then, once the leases are forgotten', async () => {
      const leases = await leased('a');
      const [ofScope] = scope.limits;
      await telling(leases, { amount: 300n, provisionId: ofScope?.scope.id ?? '' });
      await close(leases, { count: 1n, nanoUsd: 300n });
      await asOwner(shared, 'UPDATE metering.ledger SET forgotten = closed; DELETE FROM metering.held_lease');
      expect(await adjust(100n, 'late', 'call')).toMatchObject({
        limits: [{ limitId: LIMIT, spent: -200n }],
      });
      expect(await spent()).toEqual([[100n, 0n]]);
      expect(await found()).toEqual(expect.not.arrayContaining([expect.objectContaining({ kind: 'row' })]));
      // A limit that came later was not charged.
      await harness.setScope({
        ...scope,
        limits: scope.limits.map((limit) => ({ ...limit, createdAt: new Date('2026-11-12') })),
      });
      expect(await adjust(90n, 'later', 'call')).toMatchObject({ limits: [] });
    });
  });

  it('are compared once a night, by whoever comes first', async () => {
    const said: string[] = [];
    const log = {
      info: () => said.push('info'),
      warn: () => said.push('warn'),
      error: () => said.push('error'),
    };
    await aCleanLife();
    const tonight = () => reconcileTonight(books, harness.clock, log);
    await Promise.all([tonight(), tonight()]);
    await tonight();
    expect(said).toEqual(['info']);
    await asOwner(shared, 'UPDATE metering.ledger SET closed = closed + 1 WHERE budget');
    harness.clock.advance(24 * HOUR);
    await tonight();
    expect(said).toEqual(['info', 'error']);
    const { rows } = await pool.query(
      'SELECT night, differences FROM metering.reconciliation ORDER BY night',
    );
    expect(rows).toEqual([
      { night: '2026-11-10', differences: 0n },
      { night: '2026-11-11', differences: 1n },
    ]);
    // Before its hour nothing is done.
    harness.clock.advance(13 * HOUR);
    await tonight();
    expect(said).toHaveLength(2);
  });
});
