import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { journalId as parseJournalId, nanoUsd, nanoUsdPerMillion, syncToDisk } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import type { LeaseName } from '@gatehouse/leases';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { Attempt } from '../../app/gateway.ports';
import type { UsageRecord } from '../../domain/usage-record';
import { fromProtoUsageRecord, toProtoUsageRecord } from '../usage/usage-conversion';
import type { UntoldRecord } from '../usage/usage-publisher';
import { FileJournal } from './file-journal';
import { currentBootId, readIdentity, writeIdentity } from './journal-identity';
import { JournalLocked } from './journal-lock';
import { encodeEntry } from './journal-entries';
import { framed, SegmentFile, segmentPath } from './segment-file';

const attempt = (requestId: string, amount = 100n): Attempt => ({
  record: {
    requestId,
    attempt: 1,
    ...{ organizationId: 'org_1', workspaceId: 'ws_1', provisionId: 'prv_1', integrationId: 'int_1' },
    ...{ apiKeyId: 'key_1', model: 'small', journalId: 'jnl_1', leases: [7n], streamed: true },
    amount: nanoUsd(amount),
    doubt: 0n,
    estimated: true,
    outcome: 'unknown',
    kinds: [],
    serviceTier: '',
    admittedAt: new Date('2026-01-02T03:04:05.678Z'),
    inputPrice: nanoUsdPerMillion(9_007_199_254_740_993n),
    provider: 'openai',
    told: { metadata: { team: 'ä"b' }, user: 'u', traceId: 't' },
  },
  charges: [{ lease: 7n, charged: amount, doubt: amount }],
});

const settledAs = ({ record }: Attempt, amount: bigint): Attempt => ({
  record: {
    ...record,
    amount: nanoUsd(amount),
    estimated: false,
    outcome: 'completed',
    kinds: [{ kind: 'cachedInput', quantity: 3, rate: nanoUsdPerMillion(9_007_199_254_740_993n) }],
    serviceTier: 'priority',
    settledAt: new Date('2026-01-02T03:04:06.789Z'),
    heard: { status: 200, totalMs: 0 },
  },
  charges: [{ lease: 7n, charged: amount, doubt: 0n }],
});

/** No limit applies to it. */
const free = ({ record }: Attempt): Attempt => ({ record: { ...record, leases: [] }, charges: [] });

const settled = (requestId: string, amount = 100n): Attempt => settledAs(attempt(requestId), amount);

const lease = (number: bigint): LeaseName => ({
  number,
  ...{ organizationId: 'org_1', limitId: `lim_${number}`, unit: 'nanoUsd', cap: 1_000n },
  periodStart: new Date('2026-01-01T00:00:00Z'),
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapUsed = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

describe('FileJournal', () => {
  let directory: string;
  const log = { warn: jest.fn(), error: jest.fn() };
  const mayHaveLost = (): boolean => log.warn.mock.calls.length > 0;
  const random = { bytes: (length: number) => new Uint8Array(length).fill(5) };
  /** Of directories, and of files that are there already. */
  const sync = jest.fn(syncToDisk);
  const openJournal = (segmentBytesMax?: number): Promise<FileJournal> =>
    FileJournal.openAt({ directory, random, sync, log, ...(segmentBytesMax && { segmentBytesMax }) });
  const segments = (): string[] =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.segment'))
      .sort();
  const nothing = (): void => undefined;
  /** Written at the end of the turn. */
  const open = (journal: FileJournal, opened: Attempt): Promise<void> =>
    new Promise((written, failed) => journal.open({ attempt: () => opened, written, failed }));
  const settleLater = (journal: FileJournal, attempt: Attempt): void =>
    journal.settle({ attempt, written: nothing, passed: nothing });
  /** Once what was opened before is written, as calls are. */
  const settle = async (journal: FileJournal, settled: Attempt): Promise<void> => {
    await nextTurn();
    settleLater(journal, settled);
    await journal.synced();
  };
  const recordsOf = (untold: readonly UntoldRecord[]): UsageRecord[] =>
    untold.map(({ message }) => fromProtoUsageRecord(eventsV1.UsageRecorded.decode(message).record!));
  const idsOf = (records: readonly UntoldRecord[]): string[] => records.map(({ requestId }) => requestId);

  beforeEach(() => {
    jest.clearAllMocks();
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-journal-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('finds what was opened and what was settled, exactly as it was given', async () => {
    const first = await openJournal();
    void open(first, attempt('a'));
    void open(first, attempt('b'));
    await settle(first, settled('b', 7n));
    void open(first, attempt('c'));
    await settle(first, settled('c'));
    await first.close();

    const second = await openJournal();
    expect(second.left).toEqual([attempt('a')]);
    expect(recordsOf(second.untold(10))).toEqual([settled('b', 7n).record, settled('c').record]);
    expect(second.journalId).toBe(first.journalId);
    expect(second.incarnation).toBe(first.incarnation + 1n);
    expect(mayHaveLost()).toBe(false);
    await second.close();
  });

  it('syncs four times in a second what nobody asks for, so that its records leave together', async () => {
    const journal = await openJournal();
    const times: number[] = [];
    journal.onUntold(() => times.push(performance.now()));
    const begun = performance.now();
    for (let call = 0; performance.now() - begun < 700; call++) {
      void open(journal, attempt(`a${call}`));
      settleLater(journal, settled(`a${call}`));
      await sleep(2);
    }
    await journal.synced();
    expect(journal.untold(1_000).length).toBeGreaterThan(0);
    // And one that is asked for.
    expect(times.length).toBeLessThanOrEqual(2 + (performance.now() - begun) / 250);
    expect(times.length).toBeGreaterThan(1);
    await journal.close();
  });

  it('does not wait for more where there are as many as a message holds', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] });
    try {
      const journal = await openJournal();
      let told = 0;
      journal.onUntold(() => told++);
      const untilTold = async (times: number): Promise<void> => {
        while (told < times) await nextTurn();
      };
      settleLater(journal, settled('first'));
      await nextTurn();
      jest.advanceTimersByTime(10);
      await untilTold(1);
      for (let call = 1; call < 500; call++) settleLater(journal, settled(`a${call}`));
      await nextTurn();
      jest.advanceTimersByTime(200);
      for (let turn = 0; turn < 100; turn++) await nextTurn();
      expect(told).toBe(1);
      settleLater(journal, settled('last'));
      await untilTold(2);
      expect(journal.untold(1_000)).toHaveLength(501);
      await journal.close();
    } finally {
      jest.useRealTimers();
    }
  });

  it('is closed while what is settled is being synced, and does nothing behind that', async () => {
    const first = await openJournal();
    void open(first, attempt('a'));
    settleLater(first, settled('a'));
    void first.synced();
    void open(first, attempt('b'));
    settleLater(first, settled('b'));
    await first.close();
    // An error of what came later would end the process.
    await sleep(100);
    const second = await openJournal();
    expect(second.untold(10).map(({ requestId }) => requestId)).toEqual(['a', 'b']);
    await second.close();
  });

  it.each([
    ['what it has no place for', { usage: { inputTokens: 2 ** 53, outputTokens: 1, cachedInputTokens: 0 } }],
    ['what has no charge for each of its leases', { leases: [7n, 8n] }],
  ])('settles as it was opened %s, once, and whatever else comes with it', async (_, change) => {
    const first = await openJournal();
    for (const name of ['a', 'b', 'c']) void open(first, attempt(name));
    await nextTurn();
    const { record, charges } = settled('a');
    let passed = 0;
    const unsayable = { record: { ...record, ...change }, charges };
    first.settle({ attempt: unsayable, written: nothing, passed: () => passed++ });
    settleLater(first, settled('b', 7n));
    await first.synced();
    await settle(first, settled('c'));
    const { settledAt } = record;
    const stands = { ...attempt('a').record, outcome: 'unknown', settledAt };
    const told = [stands, settled('b', 7n).record, settled('c').record];
    expect(recordsOf(first.untold(10))).toEqual(told);
    expect([passed, log.error.mock.calls.length]).toEqual([1, 1]);
    await first.close();
    const second = await openJournal();
    expect([second.left, recordsOf(second.untold(10))]).toEqual([[], told]);
    await second.close();
  });

  it('has not told what is on disk alone, also where it cannot be read', async () => {
    const first = await openJournal();
    void open(first, attempt('a'));
    await settle(first, settled('a'));
    await first.close();
    const second = await openJournal();
    expect([second.oldestUntold, second.isTold]).toEqual([undefined, false]);
    const [segment = ''] = segments();
    renameSync(join(directory, segment), join(directory, 'away'));
    expect(() => second.untold(10)).toThrow('ENOENT');
    expect(second.isTold).toBe(false);
    renameSync(join(directory, 'away'), join(directory, segment));
    expect(idsOf(second.untold(10))).toEqual(['a']);
    second.told(1);
    expect(second.isTold).toBe(true);
    await second.close();
  });

  it('syncs nothing where nothing was written', async () => {
    const journal = await openJournal();
    const sync = jest.spyOn(SegmentFile.prototype, 'sync');
    try {
      await journal.synced();
      expect(sync).toHaveBeenCalledTimes(0);
      journal.leaseOpened(lease(7n));
      await journal.synced();
      await journal.synced();
      expect(sync).toHaveBeenCalledTimes(1);
    } finally {
      sync.mockRestore();
      await journal.close();
    }
  });

  it('is held by one at a time', async () => {
    const first = await openJournal();
    await expect(openJournal()).rejects.toThrow(JournalLocked);
    await first.close();
    await (await openJournal()).close();
  });

  it('passes over an entry that was never finished', async () => {
    const first = await openJournal();
    void open(first, attempt('a'));
    await first.close();
    appendFileSync(join(directory, segments()[0] ?? ''), Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, 5]));
    const second = await openJournal();
    expect(second.left).toHaveLength(1);
    expect(mayHaveLost()).toBe(false);
    await second.close();
  });

  it('knows that a damaged entry is a loss, and believes nothing behind it', async () => {
    const first = await openJournal();
    for (const id of ['a', 'b', 'c']) void open(first, attempt(id));
    await first.close();
    const file = join(directory, segments()[0] ?? '');
    const bytes = readFileSync(file);
    bytes.write('x', bytes.indexOf('\x0a\x01b') + 2);
    writeFileSync(file, bytes);
    const second = await openJournal();
    expect(second.left.map(({ record }) => record.requestId)).toEqual(['a']);
    expect(mayHaveLost()).toBe(true);
    await second.close();
  });

  it('says whether the bus lacks records of what was settled under leases, and not of what no limit applied to', async () => {
    const first = await openJournal();
    // Until it was looked at nobody knows what an earlier process has left.
    expect(first.recordsUntold).toBe(true);
    expect(first.untold(1)).toEqual([]);
    expect(first.recordsUntold).toBe(false);
    void open(first, free(attempt('free')));
    await settle(first, free(settled('free')));
    expect(first.recordsUntold).toBe(false);
    void open(first, attempt('charged'));
    await settle(first, settled('charged'));
    void open(first, free(attempt('free too')));
    await settle(first, free(settled('free too')));
    expect(first.recordsUntold).toBe(true);
    first.told(first.untold(1).length);
    expect(first.recordsUntold).toBe(true);
    await first.close();
    const second = await openJournal();
    expect(second.recordsUntold).toBe(true);
    second.told(second.untold(2).length);
    expect(second.untold(1)).toEqual([]);
    expect(second.recordsUntold).toBe(false);
    await second.close();
  });

  it('knows what each of several leases was charged, whatever their order, over restarts', async () => {
    const leases = [9n, 7n, 8n];
    const charged = (one: Attempt, amounts: readonly [bigint, bigint][]): Attempt => ({
      record: { ...one.record, leases },
      charges: amounts.map(([charged, doubt], at) => ({ lease: leases[at]!, charged, doubt })),
    });
    const inFull: [bigint, bigint][] = [
      [100n, 100n],
      [40n, 40n],
      [1n, 0n],
    ];
    const first = await openJournal();
    for (const number of [7n, 8n, 9n]) first.leaseOpened(lease(number));
    const opened = ['a', 'b'].map((name) => charged(attempt(name), inFull));
    await Promise.all(opened.map((each) => open(first, each)));
    await settle(
      first,
      charged(settled('a'), [
        [30n, 3n],
        [20n, 0n],
        [1n, 0n],
      ]),
    );
    await first.close();
    for (const restart of [1, 2]) {
      const again = await openJournal();
      expect([restart, again.left]).toEqual([restart, [opened[1]]]);
      expect(again.finals()).toEqual([
        { ...lease(7n), count: 1n, sum: 20n, doubt: 0n },
        { ...lease(8n), count: 1n, sum: 1n, doubt: 0n },
        { ...lease(9n), count: 1n, sum: 30n, doubt: 3n },
      ]);
      await again.close();
    }
  });

  it('knows what was settled under each lease, attempt by attempt and over a restart', async () => {
    const first = await openJournal();
    first.leaseOpened(lease(7n));
    first.leaseOpened(lease(8n));
    for (const id of ['a', 'b', 'c']) void open(first, attempt(id, 100n));
    await settle(first, settled('a', 30n));
    await settle(first, settled('b', 4n));
    // Heard twice: nothing begins anew.
    first.leaseOpened(lease(7n));
    await first.close();
    const second = await openJournal();
    expect(second.finals()).toEqual([
      { ...lease(7n), count: 2n, sum: 34n, doubt: 0n },
      { ...lease(8n), count: 0n, sum: 0n, doubt: 0n },
    ]);
    await settle(second, settled('c', 100n));
    second.leasesClosed([8n], undefined);
    await second.close();
    const third = await openJournal();
    expect(third.finals()).toEqual([{ ...lease(7n), count: 3n, sum: 134n, doubt: 0n }]);
    expect(third.acknowledged.ranges).toEqual([{ first: 8n, last: 8n }]);
    third.leasesClosed([7n], undefined);
    await third.close();
    // What it has heard of is known when nothing else of it is.
    const fourth = await openJournal();
    expect(fourth.finals()).toEqual([]);
    expect(fourth.lastLease).toBe(8n);
    // As it was closed, where records of it may not have been told.
    expect(fourth.closedFinal(7n)).toEqual({ ...lease(7n), count: 3n, sum: 134n, doubt: 0n });
    expect(fourth.closedFinal(9n)).toBeUndefined();
    expect(fourth.acknowledged.ranges).toEqual([{ first: 7n, last: 8n }]);
    // Of before a recovery of the ledger nothing needs to be known.
    const recoveredAt = new Date('2026-11-10T12:00:00Z');
    fourth.leaseOpened(lease(9n));
    fourth.leasesClosed([9n], recoveredAt);
    await fourth.close();
    const fifth = await openJournal();
    expect([fifth.acknowledged.ranges, fifth.acknowledged.recoveredAt]).toEqual([
      [{ first: 9n, last: 9n }],
      recoveredAt,
    ]);
    await fifth.close();
  });

  it('trusts nothing unsynced across a boot of the machine, unless the end was in order', async () => {
    const first = await openJournal();
    await first.close();
    const identity = readIdentity(directory)!;
    await writeIdentity(directory, { ...identity, bootId: 'another' }, sync);
    const second = await openJournal();
    expect(mayHaveLost()).toBe(false);
    await second.close();
    await writeIdentity(directory, { ...identity, bootId: 'another', clean: false }, sync);
    const third = await openJournal();
    expect(mayHaveLost()).toBe(true);
    await third.close();
  });

  const fileHandles = async (): Promise<FileHandle> => {
    const file = await openFile(join(directory, 'identity.json'));
    await file.close();
    return Object.getPrototypeOf(file) as FileHandle;
  };
  /** Once, as of a disk that is broken for a moment: what is written through to it later is there. */
  const failOnce = async (): Promise<void> => {
    const write = jest.spyOn(await fileHandles(), 'write');
    write.mockImplementationOnce(() => {
      write.mockRestore();
      return Promise.reject(new Error('EIO: i/o error, write'));
    });
  };
  /** What is there now, as a process leaves it that is killed. */
  const killed = async (journal: FileJournal): Promise<void> => {
    const left = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
    await journal.close();
    for (const [name, bytes] of left) writeFileSync(join(directory, name), bytes);
  };

  describe('which another process did not end in order', () => {
    const left = async (): Promise<void> => {
      const first = await openJournal();
      await open(first, attempt('a'));
      settleLater(first, settled('a'));
      await nextTurn();
      await killed(first);
    };

    it('has on disk what that one had not synced before it ends in order itself', async () => {
      await left();
      const [found = ''] = segments();
      sync.mockClear();
      const second = await openJournal();
      expect(sync.mock.calls[0]).toEqual([join(directory, found)]);
      await second.close();
      expect(readIdentity(directory)?.clean).toBe(true);
      expect(segments()).toContain(found);
    });

    it('is not opened where that could not be tried, and is what it was later', async () => {
      await left();
      const { journalId } = readIdentity(directory)!;
      const full = Object.assign(new Error('EMFILE: too many open files, open'), { syscall: 'open' });
      sync.mockImplementationOnce(() => Promise.reject(full));
      await expect(openJournal()).rejects.toThrow('EMFILE');
      const second = await openJournal();
      expect([second.journalId, mayHaveLost()]).toEqual([journalId, false]);
      await second.close();
    });

    it('is another where that cannot be had', async () => {
      await left();
      const failed = Object.assign(new Error('EIO: i/o error, fsync'), { syscall: 'fsync' });
      sync.mockImplementationOnce(() => Promise.reject(failed));
      const second = await openJournal();
      expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ unsynced: true }), expect.anything());
      expect(idsOf(second.untold(10))).toEqual(['a']);
      await second.close();
    });
  });

  describe('after a sync that failed', () => {
    const failed = async (): Promise<FileJournal> => {
      const journal = await openJournal();
      journal.leaseOpened(lease(7n));
      await open(journal, attempt('a'));
      await failOnce();
      await settle(journal, settled('a'));
      expect(log.error).toHaveBeenCalledTimes(1);
      return journal;
    };

    it('goes on in another segment, and trusts nothing of the one before at the next start', async () => {
      const first = await failed();
      expect(segments()).toHaveLength(2);
      expect(idsOf(first.untold(10))).toEqual(['a']);
      await first.close();
      const second = await openJournal();
      expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ unsynced: true }), expect.anything());
      expect([idsOf(second.untold(10)), second.finals()]).toEqual([['a'], []]);
      await second.close();
    });

    it('trusts nothing of its last segment either, where that was at its end', async () => {
      const first = await openJournal();
      await open(first, attempt('a'));
      await failOnce();
      settleLater(first, settled('a'));
      await expect(first.close()).rejects.toThrow('EIO');
      expect(readIdentity(directory)).toMatchObject({ clean: false, doubtfulTo: 1 });
    });

    it('is what it was once all of that segment is told', async () => {
      const first = await failed();
      first.told(first.untold(10).length);
      await first.synced();
      await until(() => segments().length === 1, 'the segment to go');
      await first.close();
      const second = await openJournal();
      expect([mayHaveLost(), second.finals()]).toEqual([false, [expect.objectContaining({ number: 7n })]]);
      await second.close();
    });
  });

  it('goes on without a spare segment that it can neither prepare nor remove', async () => {
    const spare = join(directory, 'spare');
    const journal = await openJournal(1);
    mkdirSync(join(spare, 'in', 'the', 'way'), { recursive: true });
    for (const id of ['a', 'b', 'c']) {
      void open(journal, attempt(id));
      await settle(journal, settled(id));
      journal.told(journal.untold(10).length);
    }
    await journal.synced();
    await until(() => log.error.mock.calls.length > 0, 'the spare to fail');
    await journal.close();
    expect(readIdentity(directory)?.clean).toBe(true);
  });

  it('carries what is open into the next segment, so that those before hold records alone', async () => {
    const journal = await openJournal(1);
    journal.leaseOpened(lease(7n));
    void open(journal, attempt('long'));
    for (const id of ['a', 'b', 'c']) {
      void open(journal, attempt(id));
      await settle(journal, settled(id, 5n));
    }
    const before = segments().length;
    expect(before).toBeGreaterThanOrEqual(4);
    expect(idsOf(journal.untold(2))).toEqual(['a', 'b']);
    journal.told(2);
    await until(() => segments().length < before, 'those that were told to go');
    expect(idsOf(journal.untold(2))).toEqual(['c']);
    journal.told(1);
    await until(() => segments().length <= 2, 'those before to go');
    await journal.close();
    const again = await openJournal();
    expect(again.left).toEqual([attempt('long')]);
    expect(again.untold(10)).toEqual([]);
    expect(again.finals()).toEqual([{ ...lease(7n), count: 3n, sum: 15n, doubt: 0n }]);
    await again.close();
  });

  describe('whose next segment was a spare one', () => {
    const BYTES = 4_000;
    const spare = (): string => join(directory, 'spare');
    const newest = (): string => join(directory, segments().at(-1) ?? '');
    let journal: FileJournal;
    let entries: number;

    /** Told as soon as it is settled. */
    const tell = async (id: string): Promise<void> => {
      await settle(journal, settled(id));
      journal.told(journal.untold(10).length);
    };
    /** As a process leaves it that is killed. */
    const kill = async (change: (bytes: Buffer) => void = nothing): Promise<FileJournal> => {
      const left = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
      change(left.get(segments().at(-1) ?? '') as Buffer);
      await journal.close();
      for (const [name, bytes] of left) writeFileSync(join(directory, name), bytes);
      return openJournal(BYTES);
    };

    beforeEach(async () => {
      journal = await openJournal(BYTES);
      journal.leaseOpened(lease(7n));
      while (!existsSync(spare())) await tell('until there is one');
      // Overwritten and synced by other threads meanwhile.
      await until(() => statSync(spare()).size === BYTES && isZero(readFileSync(spare())));
      const { ino } = statSync(spare());
      while (statSync(newest()).ino !== ino) await tell('until it is used');
      await open(journal, attempt('a'));
      await settle(journal, settled('b', 3n));
      const bytes = readFileSync(newest());
      entries = bytes.findLastIndex((byte) => byte !== 0) + 1;
    });
    afterEach(() => journal.close());

    it('has nothing in it of what it held before, also where a full disk took less than was to be written', async () => {
      const handles = await fileHandles();
      const all = handles.write as (...args: unknown[]) => unknown;
      const write = jest.spyOn(handles, 'write');
      write.mockImplementation(function (
        this: FileHandle,
        bytes: Buffer,
        from: number,
        length: number,
        at: number,
      ) {
        return all.call(this, bytes, from, Math.ceil(length / 2), at);
      } as never);
      while (!existsSync(spare())) await tell('once more');
      await until(() => isZero(readFileSync(spare())), 'zeros');
      write.mockRestore();
    });

    it('is read to where the zeros begin', async () => {
      expect(statSync(newest()).size).toBe(BYTES);
      expect(entries).toBeLessThan(BYTES);
      const again = await kill();
      expect(mayHaveLost()).toBe(false);
      expect(again.left).toEqual([attempt('a')]);
      expect(idsOf(again.untold(10))).toEqual(['b']);
      await again.close();
    });

    it.each([1, 60, 90])(
      'passes over an entry of which the last %s bytes were not written',
      async (bytes) => {
        const again = await kill((segment) => segment.fill(0, entries - bytes));
        expect(mayHaveLost()).toBe(false);
        expect(again.left.length).toBe(1);
        expect(again.untold(10)).toEqual([]);
        await again.close();
      },
    );

    it.each([
      ['in its last entry', -30],
      ['behind it', 100],
    ])('knows that a byte that is another %s is a loss', async (_, at) => {
      const again = await kill((segment) => segment.fill(1, entries + at, entries + at + 1));
      expect(mayHaveLost()).toBe(true);
      await again.close();
    });

    it('leaves no zeros and no spare one behind, and does not use one that it finds', async () => {
      while (!existsSync(spare())) await tell('once more');
      await journal.close();
      expect(existsSync(spare())).toBe(false);
      for (const name of segments())
        expect(isZero(readFileSync(join(directory, name)).subarray(-1))).toBe(false);
      writeFileSync(spare(), 'what an earlier process did not overwrite');
      const again = await openJournal(BYTES);
      expect(existsSync(spare())).toBe(false);
      await again.close();
    });
  });

  it('is found whole, whenever it was killed while segments followed each other and were deleted', async () => {
    const journal = await openJournal(3_000);
    journal.leaseOpened(lease(7n));
    await open(journal, attempt('long'));
    const [first] = segments();
    const killed: { readonly files: Map<string, Buffer>; readonly settled: number }[] = [];
    let count = 0;
    while (segments().includes(first ?? '') || segments().length < 4) {
      await open(journal, attempt(`a${count}`));
      journal.settle({ attempt: settled(`a${count}`, 2n), written: () => count++, passed: nothing });
      await nextTurn();
      if (count % 50 === 0) journal.told(journal.untold(10).length);
      try {
        const names = [...segments(), 'identity.json'];
        const files = new Map(names.map((name) => [name, readFileSync(join(directory, name))]));
        killed.push({ files, settled: count });
      } catch (error) {
        // One that was deleted since it was seen.
        expect(error).toMatchObject({ code: 'ENOENT' });
      }
    }
    await journal.close();
    // Each moment in which there are other segments, or other names for them, and the one before it.
    const named = ({ files }: (typeof killed)[number]): string =>
      [...files.keys(), files.get('identity.json')].join(' ');
    const isNew = killed.map((each, at) => at > 0 && named(each) !== named(killed[at - 1]!));
    const some = killed.filter((_, at) => isNew[at] || isNew[at + 1]).slice(-40);
    expect(new Set(some.map(named)).size).toBeGreaterThan(4);
    for (const { files, settled: count } of some) {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
      for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
      const again = await openJournal();
      expect(mayHaveLost()).toBe(false);
      expect(again.left).toEqual([attempt('long')]);
      expect(again.finals()).toEqual([
        { ...lease(7n), count: BigInt(count), sum: 2n * BigInt(count), doubt: 0n },
      ]);
      await again.close();
    }
  });

  it('believes nothing of segments that could not be deleted, and deletes them when it is found', async () => {
    const journal = await openJournal(1);
    journal.leaseOpened(lease(7n));
    void open(journal, attempt('long'));
    for (const id of ['a', 'b', 'c']) {
      void open(journal, attempt(id));
      await settle(journal, settled(id, 5n));
    }
    const { length } = journal.untold(10);
    // The first becomes a spare one. The second cannot be deleted, and those behind it are not tried then.
    const [, second = ''] = segments();
    renameSync(join(directory, second), join(directory, 'aside'));
    mkdirSync(join(directory, second));
    journal.told(length);
    await until(() => log.error.mock.calls.length > 0, 'the deletion to fail');
    rmdirSync(join(directory, second));
    renameSync(join(directory, 'aside'), join(directory, second));
    const left = segments();
    await settle(journal, settled('long', 5n));
    for (const id of ['d', 'e', 'f']) {
      void open(journal, attempt(id));
      await settle(journal, settled(id, 5n));
    }
    journal.told(journal.untold(10).length);
    await until(() => !segments().includes(left.at(-1) ?? ''), 'those behind to go');
    expect(segments()).toContain(second);
    await journal.close();
    const again = await openJournal();
    expect(again.left).toEqual([]);
    expect(again.untold(10)).toEqual([]);
    expect(again.finals()).toEqual([{ ...lease(7n), count: 7n, sum: 35n, doubt: 0n }]);
    expect(segments()).not.toContain(second);
    expect(mayHaveLost()).toBe(false);
    await again.close();
  });

  it('goes on in its segment where another cannot be begun', async () => {
    const journal = await openJournal(1);
    const number = Number(/\d+/.exec(segments().at(-1) ?? '')?.[0]);
    mkdirSync(segmentPath(directory, number + 1));
    void open(journal, attempt('a'));
    await settle(journal, settled('a', 5n));
    expect(log.error).toHaveBeenCalled();
    rmdirSync(segmentPath(directory, number + 1));
    for (const id of ['b', 'c', 'd']) await open(journal, attempt(id));
    expect(segments().length).toBeGreaterThan(1);
    await journal.close();
    await journal.close();
    const again = await openJournal();
    expect(again.left).toHaveLength(3);
    expect(again.untold(10)).toHaveLength(1);
    expect(mayHaveLost()).toBe(false);
    await again.close();
  });

  it('is another where entries may have been lost: it tells its records, and speaks for no lease of before', async () => {
    const first = await openJournal();
    first.leaseOpened(lease(6n));
    first.leaseOpened(lease(7n));
    first.leasesClosed([6n], undefined);
    void open(first, attempt('a'));
    await first.close();
    rmSync(join(directory, 'identity.json'));
    random.bytes = (length: number) => new Uint8Array(length).fill(6);
    const second = await openJournal();
    expect(second.journalId).not.toBe(first.journalId);
    expect(second.incarnation).toBe(1n);
    expect(second.left).toHaveLength(1);
    expect(second.finals()).toEqual([]);
    await second.close();
    const third = await openJournal();
    expect(third.journalId).toBe(second.journalId);
    expect(third.finals()).toEqual([]);
    expect(third.lastLease).toBe(0n);
    expect(third.acknowledged.ranges).toEqual([]);
    await third.close();
  });

  it('hands out what is to be told in the order in which it was settled, from memory and from the disk alike', async () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => `req_${index}`);
    let journal = await openJournal(48 * 1024);
    const told: UsageRecord[] = [];
    const tell = (max: number): void => {
      const oldest = journal.untold(max);
      told.push(...recordsOf(oldest));
      journal.told(oldest.length);
    };
    const under: string[] = [];
    for (const [index, id] of ids.entries()) {
      void open(journal, attempt(id));
      under.push(id);
      if (index % 20 === 0 || index === ids.length - 1) {
        await nextTurn();
        for (const each of under.splice(0)) settleLater(journal, settled(each, 5n));
      }
      if (index % 700 === 0) await journal.synced();
      // Now and then something is told meanwhile, and now and then the process ends in disorder.
      if (index % 1_100 === 0) tell(37);
      if (index % 1_900 === 1_800) {
        await journal.synced();
        await journal.close();
        journal = await openJournal(48 * 1024);
      }
    }
    await journal.synced();
    expect(segments().length).toBeGreaterThan(20);
    while (journal.untold(1).length > 0) tell(500);
    expect(told).toEqual(ids.map((id) => settled(id, 5n).record));
    await until(() => segments().length === 1, 'all others to go');
    await journal.close();
  });

  describe('where an attempt was opened long before it was settled', () => {
    /** Read by pieces, of which its account is in another one. */
    const BETWEEN = 1_500;
    let journal: FileJournal;

    beforeEach(async () => {
      journal = await openJournal();
      // From here on those come from memory that there is room for.
      expect(journal.untold(1)).toEqual([]);
      await open(journal, attempt('long'));
      for (let index = 0; index < BETWEEN; index++) {
        await open(journal, attempt(`a${index}`));
        settleLater(journal, settled(`a${index}`));
      }
      await settle(journal, settled('long', 7n));
    });
    afterEach(() => journal.close());

    const tellAllBut = (last: number): void => {
      for (let rest = BETWEEN + 1 - last; rest > 0;) {
        const told = journal.untold(Math.min(500, rest)).length;
        if (told === 0) throw new Error(`${rest} of them cannot be told`);
        journal.told(told);
        rest -= told;
      }
    };

    it('has what it shares with others once, and is told all of it', async () => {
      const bytes = readFileSync(join(directory, segments()[0] ?? ''));
      const times = bytes.toString('latin1').split('int_1').length - 1;
      expect(times).toBe(1);
      expect(bytes.lastIndexOf('long') - bytes.indexOf('long')).toBeGreaterThan(256 * 1024);
      tellAllBut(2);
      const last = [settled(`a${BETWEEN - 1}`).record, settled('long', 7n).record];
      expect(recordsOf(journal.untold(10))).toEqual(last);
      await journal.close();
      journal = await openJournal();
      expect(recordsOf(journal.untold(10))).toEqual(last);
      expect(journal.left).toEqual([]);
    });

    const accountIn = (bytes: Buffer): Buffer => {
      const inside = bytes.indexOf('small');
      const frameAt = (at: number): Buffer => bytes.subarray(at, at + 8 + bytes.readUInt32LE(at));
      let at = 0;
      while (at + frameAt(at).length < inside) at += frameAt(at).length;
      return frameAt(at);
    };

    it.each([
      ['is another', (account: Buffer): void => void account.write('S', account.indexOf('small'))],
      ['is zeros', (account: Buffer): void => void account.fill(0)],
    ])('tells nothing of it where what its account has %s', async (_, change) => {
      const file = join(directory, segments()[0] ?? '');
      const bytes = readFileSync(file);
      const account = accountIn(bytes);
      change(account);
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, account, 0, account.length, account.byteOffset - bytes.byteOffset);
      closeSync(descriptor);
      // Those that were in memory.
      tellAllBut(BETWEEN + 1 - 1_024);
      expect(journal.untold(10)).toEqual([]);
      expect(log.error).toHaveBeenCalledWith({ segment: 1 }, expect.anything());
      await open(journal, attempt('next'));
      await settle(journal, settled('next'));
      expect(recordsOf(journal.untold(10))).toEqual([settled('next').record]);
    });
  });

  it('writes what comes in one turn of the event loop at once, at its end and in its order', async () => {
    const journal = await openJournal();
    await open(journal, attempt('a'));
    const append = jest.spyOn(SegmentFile.prototype, 'append');
    const seen: string[] = [];
    const told = (what: string) => (): void => void seen.push(`${what} ${append.mock.calls.length}`);
    journal.settle({ attempt: settled('a', 5n), written: told('a written'), passed: told('a passed') });
    journal.open({ attempt: () => attempt('b'), written: told('b written'), failed: told('b failed') });
    journal.open({ attempt: () => undefined, written: told('c written'), failed: told('c failed') });
    expect(append).not.toHaveBeenCalled();
    await open(journal, attempt('d'));
    expect(seen).toEqual(['a written 1', 'b written 1', 'a passed 1']);
    append.mockRestore();
    await journal.close();
    const again = await openJournal();
    expect(again.left).toEqual([attempt('b'), attempt('d')]);
    expect(idsOf(again.untold(10))).toEqual(['a']);
    await again.close();
  });

  it('opens nothing that it cannot write, and keeps what was settled until it can', async () => {
    const journal = await openJournal();
    await open(journal, attempt('a'));
    const append = jest.spyOn(SegmentFile.prototype, 'append').mockImplementationOnce(() => {
      throw new Error('no space left');
    });
    const [written, passed] = [jest.fn(), jest.fn()];
    journal.settle({ attempt: settled('a', 5n), written, passed });
    await expect(open(journal, attempt('b'))).rejects.toMatchObject({ reason: 'JOURNAL_UNAVAILABLE' });
    expect([written, passed].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
    append.mockRestore();
    await open(journal, attempt('c'));
    expect([written, passed].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    await journal.synced();
    expect(idsOf(journal.untold(10))).toEqual(['a']);
    await journal.close();
    const again = await openJournal();
    expect(again.left).toEqual([attempt('c')]);
    await again.close();
  });

  it('has accounts that were not written with what was to follow them written anew', async () => {
    const journal = await openJournal();
    const ofKey = (requestId: string, apiKeyId: string): Attempt => {
      const { record, charges } = attempt(requestId);
      return { record: { ...record, apiKeyId }, charges };
    };
    await open(journal, ofKey('a', 'key_a'));
    const append = jest.spyOn(SegmentFile.prototype, 'append').mockImplementationOnce(() => {
      throw new Error('no space left');
    });
    await expect(open(journal, ofKey('b', 'key_b'))).rejects.toMatchObject({ reason: 'JOURNAL_UNAVAILABLE' });
    append.mockRestore();
    await open(journal, ofKey('b again', 'key_b'));
    const { record, charges } = ofKey('c', 'key_c');
    const unsayable = { record: { ...record, doubt: 2n ** 63n }, charges };
    await expect(open(journal, unsayable)).rejects.toMatchObject({ reason: 'JOURNAL_UNAVAILABLE' });
    const opened = [ofKey('d', 'key_b'), ofKey('e', 'key_c'), ofKey('f', 'key_a'), ofKey('g', 'key_b')];
    await Promise.all(opened.map((each) => open(journal, each)));
    await journal.close();
    const again = await openJournal();
    expect(again.left).toEqual([ofKey('a', 'key_a'), ofKey('b again', 'key_b'), ...opened]);
    expect(mayHaveLost()).toBe(false);
    await again.close();
  });

  it('opens nothing whose making writes to it, by which accounts would not be where they are said to be', async () => {
    const journal = await openJournal();
    const first = open(journal, attempt('req_1'));
    const writes = new Promise<void>((written, failed) =>
      journal.open({
        attempt: () => {
          journal.leaseOpened(lease(8n));
          return attempt('req_2');
        },
        ...{ written, failed },
      }),
    );
    const others = [first, open(journal, attempt('req_3'))];
    await expect(writes).rejects.toMatchObject({ reason: 'JOURNAL_UNAVAILABLE' });
    await Promise.all(others);
    await journal.close();
    const again = await openJournal();
    expect(mayHaveLost()).toBe(false);
    expect(again.left.map(({ record }) => record.requestId)).toEqual(['req_1', 'req_3']);
    expect(again.finals()).toEqual([]);
    await again.close();
  });

  it('sees to each attempt of a turn, whatever another does with what it is told', async () => {
    const journal = await openJournal();
    const failed = jest.fn();
    const broken = (): never => {
      throw new Error('broken');
    };
    journal.open({ attempt: broken, written: nothing, failed });
    journal.open({ attempt: () => attempt('a'), written: broken, failed: nothing });
    await open(journal, attempt('b'));
    expect(failed).toHaveBeenCalledTimes(1);
    expect(log.error).toHaveBeenCalledTimes(2);
    await journal.close();
  });

  it.each([
    ['short', 'm', [{ lease: 7n, charged: 1n, doubt: 0n }]],
    ['long', 'm'.repeat(20_000), []],
  ])('tells a %s record, before a restart and behind it', async (_, user, charges) => {
    const { record } = attempt('a');
    const leases = charges.map(({ lease }) => lease);
    const one = { record: { ...record, leases, told: { ...record.told, user } }, charges };
    const told = {
      ...{ requestId: 'a', attempt: 1, provisionId: 'prv_1', settledAtMs: record.admittedAt.getTime() },
      message: { record: toProtoUsageRecord(one.record) },
    };
    const toldBy = (journal: FileJournal): unknown =>
      journal
        .untold(10)
        .map(({ message, ...rest }) => ({ ...rest, message: eventsV1.UsageRecorded.decode(message) }));
    const journal = await openJournal();
    await settle(journal, one);
    expect(toldBy(journal)).toEqual([told]);
    await journal.close();
    const again = await openJournal();
    expect(toldBy(again)).toEqual([told]);
    await again.close();
  });

  it('hands out nothing that is not on disk', async () => {
    const journal = await openJournal();
    void open(journal, attempt('a'));
    settleLater(journal, settled('a'));
    expect(journal.untold(10)).toEqual([]);
    await journal.synced();
    expect(idsOf(journal.untold(10))).toEqual(['a']);
    await journal.close();
  });

  it('hands out nothing of a segment while one before it is not on disk', async () => {
    const journal = await openJournal(1);
    const { sync } = SegmentFile.prototype;
    const full = new Error('no space left');
    const failing = jest.spyOn(SegmentFile.prototype, 'sync').mockImplementation(function (
      this: SegmentFile,
    ) {
      return this.number === 1 ? Promise.reject(full) : sync.call(this);
    });
    await open(journal, attempt('a'));
    settleLater(journal, settled('a'));
    const synced = journal.synced();
    await until(() => log.error.mock.calls.some(([{ err }]) => err === full));
    expect(segments().length).toBeGreaterThan(1);
    expect(journal.untold(10)).toEqual([]);
    failing.mockRestore();
    await synced;
    expect(idsOf(journal.untold(10))).toEqual(['a']);
    await journal.close();
  });

  it('takes no memory for what cannot be told', async () => {
    const journal = await openJournal();
    const grown = async (attempts: number): Promise<number> => {
      const before = heapUsed();
      const under: Attempt[] = [];
      for (let index = 0; index <= attempts; index++) {
        const one = attempt(`${attempts}_${index}`);
        under.push(one);
        void open(journal, one);
        if (index % 500 > 0) continue;
        await nextTurn();
        for (const each of under.splice(0)) settleLater(journal, settledAs(each, 5n));
        await journal.synced();
      }
      await journal.synced();
      return heapUsed() - before;
    };
    await grown(2_000);
    expect((await grown(20_000)) / 20_000).toBeLessThan(50);
    const again = heapUsed();
    await journal.close();
    const next = await openJournal();
    expect((heapUsed() - again) / 22_000).toBeLessThan(50);
    expect(next.untold(500)).toHaveLength(500);
    await next.close();
  }, 60_000);

  it('goes on behind what cannot be read of a segment', async () => {
    const journal = await openJournal(1);
    for (const id of ['a', 'b', 'c']) {
      void open(journal, attempt(id));
      await settle(journal, settled(id));
    }
    await journal.close();
    const file =
      segments().findLast((name) => readFileSync(join(directory, name)).includes('\x0a\x01b')) ?? '';
    const bytes = readFileSync(join(directory, file));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 2, bytes.length - 1);
    writeFileSync(join(directory, file), bytes);
    const again = await openJournal();
    expect(idsOf(again.untold(10))).toEqual(['a', 'c']);
    expect(log.error).toHaveBeenCalled();
    await again.close();
  });

  it('tells nothing again of what the version before had told by name', async () => {
    const first = await openJournal();
    for (const id of ['a', 'b', 'c']) {
      void open(first, attempt(id));
      await settle(first, settled(id));
    }
    await first.close();
    const told = { kind: 'told', attempts: [{ requestId: 'b', attempt: 1 }] } as const;
    appendFileSync(join(directory, segments()[0] ?? ''), framed([encodeEntry(told)]));
    const second = await openJournal();
    expect(idsOf(second.untold(10))).toEqual(['a', 'c']);
    second.told(2);
    await second.close();
    const third = await openJournal();
    expect(third.untold(10)).toEqual([]);
    await third.close();
  });

  /** As the version before wrote a segment: each frame with a CRC-32. */
  const asBefore = (segment: string): void => {
    const bytes = readFileSync(join(directory, segment));
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt32LE(at);
      bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, at + 8 + length)), at + 4);
      at += 8 + length;
    }
    writeFileSync(join(directory, segment), bytes);
  };

  it('reads segments of the version before by their own checksum, and finds their damage', async () => {
    const first = await openJournal();
    for (const id of ['a', 'b', 'c']) {
      void open(first, attempt(id));
      await settle(first, settled(id));
    }
    await first.close();
    const [segment = ''] = segments();
    asBefore(segment);
    const second = await openJournal();
    expect(idsOf(second.untold(10))).toEqual(['a', 'b', 'c']);
    expect(mayHaveLost()).toBe(false);
    await second.close();
    const bytes = readFileSync(join(directory, segment));
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(join(directory, segment), bytes);
    const third = await openJournal();
    expect(mayHaveLost()).toBe(true);
    await third.close();
  });

  it.each([
    ['the only segment', (names: string[]) => names],
    ['the first segment', (names: string[]) => names.slice(0, 1)],
    ['the last segment', (names: string[]) => names.slice(-1)],
  ])('knows that %s is missing', async (_what, chosen) => {
    const first = await openJournal(1);
    for (const id of ['a', 'b', 'c']) {
      void open(first, attempt(id));
      await settle(first, settled(id));
    }
    await first.close();
    for (const name of chosen(segments())) rmSync(join(directory, name));
    const second = await openJournal();
    expect(mayHaveLost()).toBe(true);
    await second.close();
  });

  it.each([
    ['what was settled by what had changed since it was opened', 'settled-by-changes.segment'],
    ['what was charged with the number of each lease', 'charged-by-lease.segment'],
  ])('reads %s, as versions before wrote it', async (_, name) => {
    const segment = join(__dirname, '../../../fixtures/journal', name);
    copyFileSync(segment, segmentPath(directory, 1));
    const identity = { journalId: parseJournalId('jnl_850m2ga1850m2ga1850m2ga185'), incarnation: 1n };
    const all = { firstSegment: 1, lastSegment: 1, ownSegment: 1 };
    await writeIdentity(directory, { ...identity, bootId: currentBootId(), clean: true, ...all }, sync);
    const journal = await openJournal();
    expect(mayHaveLost()).toBe(false);
    expect(journal.incarnation).toBe(2n);
    expect(journal.left).toEqual([attempt('a')]);
    expect(journal.finals()).toEqual([{ ...lease(7n), count: 1n, sum: 7n, doubt: 0n }]);
    expect(recordsOf(journal.untold(10))).toEqual([settledAs(attempt('b'), 7n).record]);
    await settle(journal, settledAs(attempt('a'), 5n));
    expect(recordsOf(journal.untold(10)).at(-1)).toEqual(settledAs(attempt('a'), 5n).record);
    await journal.close();
    const again = await openJournal();
    expect([mayHaveLost(), again.left]).toEqual([false, []]);
    expect(again.finals()).toEqual([{ ...lease(7n), count: 2n, sum: 12n, doubt: 0n }]);
    await again.close();
  });

  it('reads a journal of the version before, and lets it go when all of it was told', async () => {
    const lines = join(__dirname, '../../../fixtures/journal/lines.journal');
    copyFileSync(lines, join(directory, '0000000001.journal'));
    const identity = { journalId: parseJournalId('jnl_850m2ga1850m2ga1850m2ga185'), incarnation: 4n };
    await writeIdentity(directory, { ...identity, bootId: currentBootId(), clean: true }, sync);
    const first = await openJournal();
    expect(first.incarnation).toBe(5n);
    expect(mayHaveLost()).toBe(false);
    expect(first.ofBefore.map(({ record }) => record.requestId)).toEqual(['req_3']);
    await first.close();
    const second = await openJournal();
    expect(second.ofBefore).toHaveLength(1);
    second.doneWithBefore();
    await second.close();
    const third = await openJournal();
    expect(third.ofBefore).toHaveLength(0);
    await third.close();
  });
});
