import { deriveId, type JournalId, journalId, limitId } from '@gatehouse/kernel';
import { SeededRandom } from '@gatehouse/kernel/testing';
import { PgPool } from '@gatehouse/platform';
import {
  RecoverLedgerCommand,
  RecoverLedgerHandler,
  type Recovered,
} from '../../app/journal/recover-ledger.handler';
import type { BeginJournal } from '../../domain/journal/begin-journal';
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
  TERMS,
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
import { PostgresJournalAccounts } from './postgres-journal-accounts';
import { PostgresRecordedUsage } from './postgres-recorded-usage';
import { PostgresUsageMonths } from './postgres-usage-months';
import { recordUsage } from './record-usage';
import { UsageSeriesIds } from './usage-series-ids';

const OTHER = journalId(deriveId('jnl', 'other'));
const DAY = 86_400_000;
const ASKED = byOperator('restored from the backup of the night');
/** What a backup has: all but the log of events, which is a database of its own. */
const TABLES = [
  'ledger',
  'held_lease',
  'journal',
  'slice_ask',
  'usage_record',
  'usage_correction',
  'ledger_correction',
];

describe('a ledger that was restored from a backup', () => {
  let shared: MeteringDatabase;
  let harness: LedgerHarness;
  let pool: PgPool;
  let handler: RecoverLedgerHandler;
  /** Of the bus. */
  let allRead: boolean;
  let asks = 0;

  const scope = scopeWith('p', [usdBudget('p', 10_000n), rateLimit('rpd', 'requests', 1_000n, 'day')]);
  const newcomer = scopeWith('w', [usdBudget('w', 10_000n, { reset: { period: 'never' } })], {
    kind: 'workspace',
  });

  beforeAll(async () => {
    shared = await meteringDatabase();
    pool = new PgPool(shared.pool);
    await asOwner(shared, 'CREATE SCHEMA backup');
  });
  afterAll(() => shared.close());

  beforeEach(async () => {
    harness = await postgresHarness(shared);
    const { clock, ledger } = harness;
    handler = new RecoverLedgerHandler(
      new PostgresJournalAccounts(pool, clock, TERMS),
      new PostgresRecordedUsage(pool, clock, { catchUp: async () => allRead }),
      ledger,
    );
    allRead = true;
    for (const id of [JOURNAL, OTHER]) await ledger.carryOut(emptyJournal(id));
    await harness.setScope(scope);
  });
  afterEach(() => harness.close());

  const backUp = () =>
    asOwner(
      shared,
      TABLES.map(
        (table) =>
          `DROP TABLE IF EXISTS backup.${table}; CREATE TABLE backup.${table} AS TABLE metering.${table}`,
      ).join(';'),
    );
  const restore = () =>
    asOwner(
      shared,
      TABLES.map(
        (table) =>
          `DELETE FROM metering.${table}; INSERT INTO metering.${table} ${table === 'usage_correction' ? 'OVERRIDING SYSTEM VALUE ' : ''}TABLE backup.${table}`,
      ).join(';'),
    );

  const leased = async (id: JournalId, scopes = [scope], nanoUsd = 1_000n): Promise<readonly HeldLease[]> => {
    const before = new Set((await harness.heldLeases()).map(keyOf));
    const answer = await harness.ledger.carryOut({
      ...sliceAsk(`ask ${++asks}`, scopes, { nanoUsd, requests: 10n }),
      journalId: id,
    });
    expect(answer.kind).toBe('slices');
    return (await harness.heldLeases()).filter((lease) => !before.has(keyOf(lease)));
  };

  /** All that journals have written to the bus: it is read again from where the backup was. */
  let bus: UsageRecord[] = [];
  beforeEach(() => (bus = []));
  const called = (leases: readonly HeldLease[], amount: bigint, more: Partial<UsageRecord> = {}): void => {
    bus.push(
      usageRecord({
        ...{ requestId: `req-${bus.length}`, organizationId: ORGANIZATION, provisionId: scope.scope.id },
        ...{ workspaceId: newcomer.scope.id, journalId: leases[0]?.journalId ?? '' },
        ...{ leases: leases.map(({ number }) => number), amount, admittedAt: harness.clock.now(), ...more },
      }),
    );
  };
  const read = async (): Promise<void> => {
    const account = {
      months: new PostgresUsageMonths(pool),
      series: new UsageSeriesIds(pool, { values: 3, keys: 2 }),
    };
    await pool.inTransaction((tx) => recordUsage(tx, account, bus));
  };

  const close = (leases: readonly HeldLease[], nanoUsd: bigint, count: bigint, last = 0n) =>
    harness.ledger.carryOut({
      ...{
        type: 'CloseLeases',
        journalId: leases[0]?.journalId ?? JOURNAL,
        acknowledgedBelow: 1n,
        lastLease: last,
        recordsUntold: false,
      },
      finals: leases.map((lease) => ({
        ...lease,
        count,
        sum: lease.unit === 'nanoUsd' ? nanoUsd : count,
        doubt: 0n,
      })),
    });
  /** A journal that goes on, and has heard of leases that the backup has not. */
  const speak = (id: JournalId, last: bigint, recordsUntold = false) =>
    harness.ledger.carryOut({
      type: 'CloseLeases',
      journalId: id,
      acknowledgedBelow: last + 1n,
      lastLease: last,
      finals: [],
      recordsUntold,
    });
  const recover = (): Promise<Recovered> => handler.execute(new RecoverLedgerCommand(ASKED));
  const row = async (name: string) =>
    (await harness.rows()).find(({ limitId: id }) => id === limitId(deriveId('lim', name)));
  const differing = async () =>
    (
      await new PostgresBooks(pool, harness.clock).reconcile({
        fromDay: '2026-11-09',
        toDay: '2026-11-12',
        lagMs: 0,
      })
    ).differences.filter(({ kind }) => kind === 'row' || kind === 'rowMissing');

  it('has spent at least what records say before it grants again, and what comes later is charged once', async () => {
    const open = await leased(JOURNAL);
    await backUp();
    harness.clock.advance(1_000);
    called(open, 400n);
    called(open, 300n);
    await close(open, 700n, 2n);
    const told = await leased(JOURNAL);
    called(told, 500n);
    await close(told, 500n, 1n);
    const unheard = await leased(OTHER);
    called(unheard, 300n);
    await harness.setScope(newcomer);
    const both = await leased(OTHER, [scope, newcomer]);
    called(both, 90n);
    await close(both, 90n, 1n);
    expect(await row('p')).toMatchObject({ closed: 1_290n, open: 1_000n });

    await restore();
    expect(await row('p')).toMatchObject({ closed: 0n, open: 1_000n });
    await expect(recover()).rejects.toMatchObject({ reason: 'LEDGER_NOT_RESTORED' });
    await speak(JOURNAL, 4n);
    expect((await harness.ledger.carryOut(sliceAsk('early', [scope], { nanoUsd: 1n }))).kind).toBe('refused');
    await read();
    const { raised, unheard: journals } = await recover();
    expect(journals.map(({ id }) => id)).toEqual([JOURNAL]);
    expect(raised).toBe(3);
    expect(await row('p')).toMatchObject({ closed: 1_590n, open: 300n, recovered: 890n });
    expect(await row('rpd')).toMatchObject({ closed: 5n, open: 8n });
    expect(await row('w')).toMatchObject({ closed: 1_590n, open: 0n, recovered: 1_590n });
    expect(await differing()).toEqual([]);
    expect(await harness.events()).toContainEqual(
      expect.objectContaining({ type: 'BudgetRecovered', spent: 1_590n, recovered: 890n, limit: 10_000n }),
    );
    const { rows: asked } = await pool.query(
      "SELECT DISTINCT (asked->'actor')::jsonb AS actor, asked->>'reason' AS reason FROM metering.pending_event WHERE type = 'BudgetRecovered'",
    );
    expect(asked).toEqual([{ actor: ASKED.actor, reason: ASKED.reason }]);
    expect((await pool.query('SELECT actor FROM metering.ledger_recovery')).rows).toEqual([
      { actor: ASKED.actor },
    ]);

    // It grants again, and not what was spent.
    expect((await harness.ledger.carryOut(sliceAsk('again', [scope], { nanoUsd: 8_111n }))).kind).toBe(
      'denial',
    );
    // The journal that was away says what its lease came to: of its 350, records had told 300.
    await close(unheard, 350n, 2n, 4n);
    expect(await row('p')).toMatchObject({ closed: 1_640n, open: 300n });
    await close(unheard, 350n, 2n, 4n);
    expect(await row('p')).toMatchObject({ closed: 1_640n, open: 300n });
    // A journal that has forgotten its lease, since that was closed, takes nothing back.
    await close(open, 0n, 0n, 4n);
    expect(await row('p')).toMatchObject({ closed: 1_640n, open: 0n });
    expect(await differing()).toEqual([]);
  });

  it('asks no journal what it has forgotten before records told of it, nor takes doubt for what they tell', async () => {
    const open = await leased(JOURNAL);
    const [usd] = open.filter(({ unit }) => unit === 'nanoUsd');
    if (!usd) throw new Error('no lease in USD');
    await harness.ledger.carryOut({
      ...{ type: 'ReportLeases', journalId: JOURNAL, incarnation: 1n, unlimited: [] },
      reports: [{ number: usd.number, sequence: 1n, cap: usd.cap, count: 1n, sum: 150n, doubt: 50n }],
    });
    called(open, 100n);
    await backUp();
    called(open, 400n);
    await close(open, 550n, 2n);
    await restore();
    await speak(JOURNAL, 9n);
    const begin = emptyJournal(JOURNAL, 2n);
    expect(await harness.ledger.carryOut(begin)).toEqual({ leases: [], lastLease: 9n, restored: true });
    await read();
    await recover();
    expect(await row('p')).toMatchObject({ closed: 550n, doubt: 50n, open: 450n });
    const { leases } = await harness.ledger.carryOut(begin);
    expect(leases.map(({ number }) => number)).toEqual(open.map(({ number }) => number));
    await close(leases, 0n, 0n, 9n);
    expect(await row('p')).toMatchObject({ closed: 550n, open: 0n });
    const { differences } = await new PostgresBooks(pool, harness.clock).reconcile({
      ...{ fromDay: '2026-11-09', toDay: '2026-11-12', lagMs: 0 },
    });
    expect(differences).toEqual([]);
  });

  it('finds out by what a journal has closed, where nothing was granted since, and once', async () => {
    const open = await leased(JOURNAL);
    called(open, 100n);
    await backUp();
    called(open, 400n);
    await close(open, 500n, 2n);
    await restore();
    const lastLease = BigInt(open.length);
    const begin: BeginJournal = {
      ...{ type: 'BeginJournal', journalId: JOURNAL, incarnation: 2n },
      ...{ lastLease, acknowledged: [{ first: 1n, last: lastLease }], recoveredAt: undefined },
    };
    expect(await harness.ledger.carryOut(begin)).toMatchObject({ leases: [] });
    await read();
    await recover();
    const { leases } = await harness.ledger.carryOut(begin);
    expect(leases).toHaveLength(open.length);
    await close(leases, 0n, 0n);
    expect(await row('p')).toMatchObject({ closed: 500n, open: 0n });
    expect(await differing()).toEqual([]);
    const ask = { ...sliceAsk('again', [scope], { nanoUsd: 1n }), incarnation: 2n };
    expect((await harness.ledger.carryOut(ask)).kind).toBe('slices');
    const { recoveredAt } = await close([], 0n, 0n);
    expect(recoveredAt).toEqual(harness.clock.now());
    // What is closed after that, and open in a backup of after that, tells of the next restore.
    const since = { first: lastLease + 1n, last: lastLease + 1n };
    const again = { ...begin, incarnation: 3n, lastLease: since.last, acknowledged: [since], recoveredAt };
    expect(await harness.ledger.carryOut(again)).toMatchObject({ leases: [] });
    expect((await harness.ledger.carryOut({ ...ask, askId: 'more', incarnation: 3n })).kind).toBe('refused');
  });

  it('knows what it has recovered of a journal that never speaks again, and of which the backup knows nothing', async () => {
    const known = await leased(JOURNAL);
    called(known, 10n);
    await close(known, 10n, 1n);
    await backUp();
    const id = journalId(deriveId('jnl', 'after the backup'));
    await harness.ledger.carryOut(emptyJournal(id));
    const lost = await leased(id);
    called(lost, 400n);
    await close(lost, 400n, 1n);
    await restore();
    await speak(JOURNAL, 9n);
    await read();
    const books = new PostgresBooks(pool, harness.clock);
    const compared = () => books.reconcile({ fromDay: '2026-11-09', toDay: '2026-11-12', lagMs: 0 });
    expect(new Set((await compared()).differences.map(({ kind }) => kind))).toEqual(
      new Set(['leaseMissing']),
    );
    await recover();
    const { differences, exceptions } = await compared();
    expect(differences).toEqual([]);
    expect(exceptions).toContainEqual(expect.objectContaining({ kind: 'recovered', amount: 400n }));
  });

  it('waits for records that are still read off the bus', async () => {
    await speak(JOURNAL, 3n);
    allRead = false;
    await expect(recover()).rejects.toMatchObject({ reason: 'USAGE_STILL_COMING' });
    allRead = true;
    expect((await harness.ledger.carryOut(sliceAsk('not yet', [scope], { nanoUsd: 1n }))).kind).toBe(
      'refused',
    );
    expect(await recover()).toEqual({ raised: 0, unheard: [] });
    expect((await harness.ledger.carryOut(sliceAsk('now', [scope], { nanoUsd: 1n }))).kind).toBe('slices');
  });

  it('waits for records that no bus has yet of leases that are closed, as long as their journal says so', async () => {
    const untold = (id: JournalId, recordsUntold: boolean, last = 3n) => speak(id, last, recordsUntold);
    // Of a ledger that was not restored nothing is kept.
    await untold(OTHER, true, 0n);
    await speak(JOURNAL, 3n);
    await untold(JOURNAL, true);
    const refused = { reason: 'USAGE_STILL_COMING' };
    await expect(recover()).rejects.toMatchObject(refused);
    harness.clock.advance(9_000);
    await expect(recover()).rejects.toMatchObject(refused);
    await untold(JOURNAL, true);
    await untold(OTHER, true);
    harness.clock.advance(9_000);
    await untold(JOURNAL, false);
    await expect(recover()).rejects.toMatchObject(refused);
    // The other is gone with what it had to tell.
    harness.clock.advance(2_000);
    expect((await recover()).unheard).toEqual([
      { id: OTHER, openLeases: 0, quarantinedLeases: 0, deadline: expect.any(Date) },
    ]);
    await untold(OTHER, true, 4n);
    harness.clock.advance(20_000);
    await untold(OTHER, false, 4n);
    expect((await recover()).unheard).toEqual([]);
  });

  it('keeps in doubt what nobody saw the end of, where a journal has forgotten its lease', async () => {
    const open = await leased(JOURNAL);
    await backUp();
    called(open, 400n);
    called(open, 300n, { outcome: 'unknown', estimated: true });
    await close(open, 700n, 2n);
    await restore();
    await speak(JOURNAL, 9n);
    await read();
    await recover();
    expect(await row('p')).toMatchObject({ closed: 700n, open: 300n });
    await close(open, 0n, 0n, 9n);
    expect(await row('p')).toMatchObject({ closed: 700n, doubt: 300n, open: 0n });
    expect(await row('rpd')).toMatchObject({ closed: 2n, doubt: 0n });
    const { differences } = await new PostgresBooks(pool, harness.clock).reconcile({
      ...{ fromDay: '2026-11-09', toDay: '2026-11-12', lagMs: 0 },
    });
    expect(differences.filter(({ kind }) => kind === 'lease')).toEqual([]);
  });

  it.each([
    ['', false, 430n],
    [', and what may have been billed beyond, of a strict limit', true, 490n],
  ])('charges the bound, in doubt, where nobody knew what a call cost%s', async (_which, strict, each) => {
    const limited = scopeWith('p', [usdBudget('p', 10_000n, { strict })]);
    await harness.setScope(limited);
    const doubt = strict ? 390n : 330n;
    const calls = (leases: readonly HeldLease[]): void => {
      called(leases, 0n, { amount: undefined, doubt: 330n });
      called(leases, 100n, { doubt: 60n, estimated: true });
    };
    const open = await leased(JOURNAL, [limited]);
    await backUp();
    calls(open);
    await close(open, each, 2n);
    const lost = await leased(OTHER, [limited]);
    calls(lost);
    await restore();
    await speak(JOURNAL, 9n);
    await read();
    await recover();
    expect(await row('p')).toMatchObject({
      ...{ closed: 2n * each, recovered: each, doubt },
      open: 1_000n - each,
    });
    expect(await differing()).toEqual([]);
    // What its journal says of a lost lease is what records had told of it.
    await close(lost, each, 2n, 9n);
    expect(await row('p')).toMatchObject({ closed: 2n * each });
    await close(open, 0n, 0n, 9n);
    expect(await row('p')).toMatchObject({ closed: 2n * each, open: 0n, doubt });
  });

  it('does not grant where a journal that has something to tell speaks while it is being recovered', async () => {
    await speak(JOURNAL, 3n);
    called([], 1n);
    await read();
    const { ledger } = harness;
    const carryOut = ledger.carryOut.bind(ledger);
    const raising = jest.spyOn(ledger, 'carryOut').mockImplementationOnce(async (command) => {
      await speak(OTHER, 3n, true);
      return carryOut(command) as never;
    });
    await expect(recover()).rejects.toMatchObject({ reason: 'USAGE_STILL_COMING' });
    expect(raising.mock.calls[0]?.[0]).toMatchObject({ type: 'RecoverSpent' });
    raising.mockRestore();
    await speak(OTHER, 3n);
    expect((await recover()).unheard).toEqual([]);
  });

  it('is recovered once, where two ask for it', async () => {
    await speak(JOURNAL, 3n);
    called([], 1n);
    await read();
    const { ledger } = harness;
    const carryOut = ledger.carryOut.bind(ledger);
    const raising = jest.spyOn(ledger, 'carryOut').mockImplementationOnce(async (command) => {
      await recover();
      return carryOut(command) as never;
    });
    await expect(recover()).rejects.toMatchObject({ reason: 'LEDGER_NOT_RESTORED' });
    raising.mockRestore();
  });

  it('calls back what is open until it is recovered', async () => {
    const [lease] = await leased(JOURNAL);
    if (!lease) throw new Error('no lease');
    const report = async () => {
      const said = { number: lease.number, sequence: 1n, cap: lease.cap, count: 0n, sum: 0n, doubt: 0n };
      return harness.ledger.carryOut({
        ...{ type: 'ReportLeases', journalId: JOURNAL, incarnation: 1n, unlimited: [], reports: [said] },
      });
    };
    expect(await report()).toMatchObject({ gone: [], recalled: [] });
    await speak(OTHER, 9n);
    expect(await report()).toMatchObject({ gone: [], recalled: [lease.number] });
    await recover();
    expect(await report()).toMatchObject({ gone: [], recalled: [] });
  });

  it('is not restored once more by what ends later of what was lost', async () => {
    await backUp();
    const inUsd = ({ unit }: HeldLease): boolean => unit === 'nanoUsd';
    const [usd, other] = [(await leased(JOURNAL)).find(inUsd), (await leased(OTHER)).find(inUsd)];
    if (!usd || !other) throw new Error('no lease');
    await restore();
    // It has leases that are open, and has heard of two.
    await close([], 0n, 0n, 2n);
    await recover();
    const granted = async (name: string) =>
      (await harness.ledger.carryOut(sliceAsk(name, [scope], { nanoUsd: 1n }))).kind;
    expect(await close([usd], 300n, 1n, 2n)).toMatchObject({ restored: false });
    expect(await row('p')).toMatchObject({ closed: 300n });
    expect(await granted('a')).toBe('slices');
    // That it had not heard of when it was recovered proves what was not known then.
    expect(await close([other], 100n, 1n, 2n)).toMatchObject({ restored: true });
    expect(await granted('b')).toBe('refused');
    expect(await row('p')).toMatchObject({ closed: 400n });
  });

  it('counts what was corrected, no call of before the limit, and nothing that was waived', async () => {
    harness.clock.advance(DAY);
    const leases = await leased(JOURNAL);
    called(leases, 400n);
    called(leases, 200n, { outcome: 'unknown', estimated: true });
    called([], 5_000n, { admittedAt: new Date('2026-11-10T11:00:00Z') });
    await close(leases, 600n, 2n);
    await read();
    await asOwner(
      shared,
      `INSERT INTO metering.usage_correction (organization_id, request_id, admitted_on, usage_request_id, attempt, amount_nano_usd, corrected_at)
         VALUES ('${ORGANIZATION}', 'adjust', '2026-11-11', '${bus[0]?.requestId}', 1, 100, now());
       INSERT INTO metering.ledger_correction (organization_id, request_id, limit_id, period_start, spent, doubt, waived, waived_at) VALUES
         ('${ORGANIZATION}', 'adjust', '${deriveId('lim', 'p')}', '2026-11-01', -300, 0, 0, NULL),
         ('${ORGANIZATION}', 'waive', '${deriveId('lim', 'p')}', '2026-11-01', -200, -200, 200, now());
       UPDATE metering.ledger SET closed = 100 WHERE budget`,
    );
    await speak(JOURNAL, 9n);
    expect(await recover()).toMatchObject({ raised: 0 });
    expect(await row('p')).toMatchObject({ closed: 100n, recovered: 0n });
  });

  it('leaves no record uncovered, whatever the backup missed', async () => {
    const random = new SeededRandom('ledger recovery');
    for (let life = 1; life <= 3; life++) {
      const spend = async (until: number): Promise<void> => {
        for (let step = 0; step < until; step++) {
          const leases = await leased(random.int(0, 1) === 0 ? JOURNAL : OTHER, [scope], 100n);
          harness.clock.advance(10);
          let sum = 0n;
          const calls = random.int(0, 2);
          for (let call = 0; call < calls; call++) {
            const amount = BigInt(random.int(0, 40));
            sum += amount;
            called(leases, amount, { requestId: `life-${life}-${bus.length}` });
          }
          if (random.int(0, 2) > 0) await close(leases, sum, BigInt(calls));
        }
      };
      await spend(4);
      await read();
      await backUp();
      await spend(6);
      await restore();
      for (const id of [JOURNAL, OTHER]) await speak(id, 1_000n * BigInt(life));
      await read();
      await recover();
      const spent = bus.reduce((sum, { amount = 0n }) => sum + amount, 0n);
      const { closed = 0n } = (await row('p')) ?? {};
      if (closed < spent) throw new Error(`${closed} of ${spent} in life ${life}`);
      expect(await differing()).toEqual([]);
    }
  });
});

const keyOf = ({ journalId: id, number }: HeldLease): string => `${id}.${number}`;
