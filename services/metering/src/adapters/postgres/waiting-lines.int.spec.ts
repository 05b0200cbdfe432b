import { deriveId, FixedClock, journalId, type LimitId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { LineKeeper } from '../../app/journal/line-keeper.process';
import { type LeaseNotice, NoticeBoard, type NoticeReader } from '../../app/journal/notice-board';
import type { LeaseReport } from '../../domain/journal/report-leases';
import { emptyJournal } from '../../testing/empty-journal';
import { byOperator, JOURNAL, scopeWith, START, TERMS, usdBudget } from '../../testing/ledger-harness';
import { sliceAsk } from '../../testing/lease.contract';
import {
  emptyTables,
  meteringDatabase,
  type MeteringDatabase,
  writeScope,
} from '../../testing/postgres-harness';
import { PostgresLedger } from './postgres-ledger';
import { PostgresWaitingLines } from './postgres-waiting-lines';

const OTHER = journalId(deriveId('jnl', 'other'));
const SCOPE = scopeWith('p', [usdBudget('p', 100n)]);
const LIMIT = deriveId('lim', 'p');
const NEVER_MS = 3_600_000;

let shared: MeteringDatabase;

beforeAll(async () => {
  shared = await meteringDatabase();
});

afterAll(() => shared.close());

beforeEach(async () => {
  await emptyTables(shared);
  await writeScope(shared.pool, SCOPE);
});

/** A process of metering, as far as lines are concerned. */
class Process {
  readonly ledger: PostgresLedger;
  readonly board = new NoticeBoard();
  private readonly keeper: LineKeeper;

  constructor(everyMs: number, clock = new FixedClock(START)) {
    this.ledger = new PostgresLedger({ pool: shared.pool, clock, terms: TERMS });
    const lines = new PostgresWaitingLines(new PgPool(shared.pool), clock);
    const log = { warn: (_: object, message: string) => expect(message).toBe('') };
    this.keeper = new LineKeeper(this.ledger, lines, this.board, log, { everyMs });
    this.ledger.listen((moved) => this.keeper.linesMoved(moved));
    this.keeper.start();
  }

  async begin(): Promise<void> {
    for (const id of [JOURNAL, OTHER]) await this.ledger.carryOut(emptyJournal(id));
  }

  /** JOURNAL holds 60 of 100, and OTHER waits for 70. */
  async letWait(): Promise<void> {
    await this.ledger.carryOut(sliceAsk('before', [SCOPE], { nanoUsd: 60n }));
    const ask = sliceAsk('head', [SCOPE], { nanoUsd: 70n }, { journalId: OTHER, waitMs: 600_000 });
    expect(await this.ledger.carryOut(ask)).toMatchObject({ kind: 'waiting' });
  }

  async giveBack(cap: bigint): Promise<void> {
    const report: LeaseReport = { number: 1n, sequence: 1n, cap, count: 0n, sum: 0n, doubt: 0n };
    const reports = [report];
    const about = { type: 'ReportLeases', journalId: JOURNAL, incarnation: 1n, unlimited: [] } as const;
    await this.ledger.carryOut({ ...about, reports });
  }

  async stop(): Promise<void> {
    await this.keeper.stop();
    await this.ledger.close();
  }
}

/** What it reads until a notice of a kind has come. */
const readUntil = async (
  reader: NoticeReader,
  kind: LeaseNotice['kind'],
): Promise<readonly LeaseNotice[]> => {
  const read: LeaseNotice[] = [];
  const patience = AbortSignal.timeout(10_000);
  while (!read.some((notice) => notice.kind === kind)) {
    if (patience.aborted)
      throw new Error(`no notice '${kind}' came after ${read.map((each) => each.kind).join()}`);
    await reader.arrival(10_000, patience);
    read.push(...reader.take());
  }
  return read;
};

const HEAD_GRANTED = { kind: 'answered', askId: 'head', answer: { kind: 'slices', leases: [{ cap: 70n }] } };

describe('lines of limits', () => {
  it('are served as soon as something comes free, and whoever waits is told, without anybody looking again', async () => {
    const metering = new Process(NEVER_MS);
    await metering.begin();
    const [holder, waiter] = [metering.board.read(JOURNAL), metering.board.read(OTHER)];
    await metering.letWait();
    // Who holds leases of it gives back what is idle.
    expect(await readUntil(holder, 'wanted')).toEqual([{ kind: 'wanted', limits: new Map([[LIMIT, 2n]]) }]);
    await metering.giveBack(0n);
    expect(await readUntil(waiter, 'answered')).toMatchObject([{ kind: 'wanted' }, HEAD_GRANTED]);
    expect(await readUntil(holder, 'calm')).toEqual([{ kind: 'calm', limitIds: [LIMIT] }]);
    await metering.stop();
  });

  it('outlive the process that somebody came to them in', async () => {
    const before = new Process(NEVER_MS);
    await before.begin();
    await before.letWait();
    await before.stop();
    const after = new Process(20);
    const waiter = after.board.read(OTHER);
    await readUntil(waiter, 'wanted');
    await after.giveBack(30n);
    expect((await readUntil(waiter, 'answered')).at(-1)).toMatchObject(HEAD_GRANTED);
    await after.stop();
  });

  it('are served by any process, and whoever waits is told by the one that it listens to', async () => {
    const [one, other] = [new Process(NEVER_MS), new Process(20)];
    await one.begin();
    const waiter = other.board.read(OTHER);
    await one.letWait();
    await readUntil(waiter, 'wanted');
    await one.giveBack(30n);
    expect((await readUntil(waiter, 'answered')).find(({ kind }) => kind === 'answered')).toMatchObject(
      HEAD_GRANTED,
    );
    await Promise.all([one.stop(), other.stop()]);
  });

  it('tell everybody who listens where what was denied for good may fit again', async () => {
    const metering = new Process(NEVER_MS);
    await metering.begin();
    const reader = metering.board.read(OTHER);
    await metering.ledger.carryOut(sliceAsk('all', [SCOPE], { nanoUsd: 100n }));
    await metering.giveBack(60n);
    await metering.ledger.carryOut({
      ...{ type: 'ResetBudget', limitId: LIMIT as LimitId, scope: SCOPE.scope },
      asked: { ...byOperator('reset'), requestId: 'reset' },
      approval: { kind: 'needless' },
    });
    expect(await readUntil(reader, 'room')).toEqual([{ kind: 'room', limitIds: [LIMIT] }]);
    await metering.stop();
  });

  it('are looked at for waits that are over', async () => {
    const clock = new FixedClock(START);
    const metering = new Process(20, clock);
    await metering.begin();
    const waiter = metering.board.read(OTHER);
    await metering.letWait();
    clock.advance(600_000);
    expect((await readUntil(waiter, 'answered')).at(-1)).toMatchObject({
      kind: 'answered',
      answer: { kind: 'denial', mayFitLater: true },
    });
    if (metering.board.wantedLimits.size > 0) await readUntil(waiter, 'calm');
    expect(metering.board.wantedLimits.size).toBe(0);
    await metering.stop();
  });
});
