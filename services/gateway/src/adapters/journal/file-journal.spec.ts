import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalId as parseJournalId, nanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import type { LeaseName } from '@gatehouse/leases';
import type { Attempt } from '../../app/gateway.ports';
import { FileJournal } from './file-journal';
import { currentBootId, readIdentity, writeIdentity } from './journal-identity';
import { JournalLocked } from './journal-lock';
import { segmentPath } from './segment-file';

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
    kinds: [{ kind: 'cachedInput', quantity: 3, rate: nanoUsdPerMillion(9_007_199_254_740_993n) }],
    serviceTier: 'priority',
    admittedAt: new Date('2026-01-02T03:04:05.678Z'),
    inputPrice: nanoUsdPerMillion(9_007_199_254_740_993n),
    provider: 'openai',
    told: { metadata: { team: 'ä"b' }, user: 'u', traceId: 't' },
    heard: { status: 200, totalMs: 0 },
  },
  charges: [{ lease: 7n, charged: amount, doubt: 0n }],
});

const lease = (number: bigint): LeaseName => ({
  number,
  ...{ organizationId: 'org_1', limitId: `lim_${number}`, unit: 'nanoUsd', cap: 1_000n },
  periodStart: new Date('2026-01-01T00:00:00Z'),
});

describe('FileJournal', () => {
  let directory: string;
  const log = { warn: jest.fn(), error: jest.fn() };
  const mayHaveLost = (): boolean => log.warn.mock.calls.length > 0;
  const random = { bytes: (length: number) => new Uint8Array(length).fill(5) };
  const openJournal = (segmentBytesMax?: number): Promise<FileJournal> =>
    FileJournal.openAt({ directory, random, log, ...(segmentBytesMax && { segmentBytesMax }) });
  const segments = (): string[] =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.segment'))
      .sort();
  const written = (): void => undefined;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    jest.clearAllMocks();
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-journal-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('finds what was opened and what was settled, exactly as it was given', async () => {
    const first = await openJournal();
    first.open(attempt('a'));
    first.open(attempt('b'));
    await first.settle(attempt('b', 7n), written);
    first.open(attempt('c'));
    await first.settle(attempt('c'), written);
    first.done(attempt('c'));
    first.close();

    const second = await openJournal();
    expect(second.left).toMatchObject([
      { attempt: attempt('a'), settled: false },
      { attempt: attempt('b', 7n), settled: true },
    ]);
    expect(second.journalId).toBe(first.journalId);
    expect(second.incarnation).toBe(first.incarnation + 1n);
    expect(mayHaveLost()).toBe(false);
    second.close();
  });

  it('is held by one at a time', async () => {
    const first = await openJournal();
    await expect(openJournal()).rejects.toThrow(JournalLocked);
    first.close();
    (await openJournal()).close();
  });

  it('passes over an entry that was never finished', async () => {
    const first = await openJournal();
    first.open(attempt('a'));
    first.close();
    appendFileSync(join(directory, segments()[0] ?? ''), Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, 5]));
    const second = await openJournal();
    expect(second.left).toHaveLength(1);
    expect(mayHaveLost()).toBe(false);
    second.close();
  });

  it('knows that a damaged entry is a loss, and believes nothing behind it', async () => {
    const first = await openJournal();
    for (const id of ['a', 'b', 'c']) first.open(attempt(id));
    first.close();
    const file = join(directory, segments()[0] ?? '');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('small', bytes.indexOf('small') + 1);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(file, bytes);
    const second = await openJournal();
    expect(second.left.map(({ attempt: { record } }) => record.requestId)).toEqual(['a']);
    expect(mayHaveLost()).toBe(true);
    second.close();
  });

  it('knows what was settled under each lease, attempt by attempt and over a restart', async () => {
    const first = await openJournal();
    first.leaseOpened(lease(7n));
    first.leaseOpened(lease(8n));
    for (const id of ['a', 'b', 'c']) first.open(attempt(id, 100n));
    await first.settle(attempt('a', 30n), written);
    await first.settle(attempt('b', 4n), written);
    // Heard twice: nothing begins anew.
    first.leaseOpened(lease(7n));
    first.close();
    const second = await openJournal();
    expect(second.finals()).toEqual([
      { ...lease(7n), count: 2n, sum: 34n, doubt: 0n },
      { ...lease(8n), count: 0n, sum: 0n, doubt: 0n },
    ]);
    await second.settle(attempt('c', 100n), written);
    second.leasesClosed([8n]);
    second.close();
    const third = await openJournal();
    expect(third.finals()).toEqual([{ ...lease(7n), count: 3n, sum: 134n, doubt: 0n }]);
    third.close();
  });

  it('trusts nothing unsynced across a boot of the machine, unless the end was in order', async () => {
    const first = await openJournal();
    first.close();
    const identity = readIdentity(directory)!;
    writeIdentity(directory, { ...identity, bootId: 'another' });
    const second = await openJournal();
    expect(mayHaveLost()).toBe(false);
    second.close();
    writeIdentity(directory, { ...identity, bootId: 'another', clean: false });
    const third = await openJournal();
    expect(mayHaveLost()).toBe(true);
    third.close();
  });

  it('carries what is open into the next segment, so that those before hold records alone', async () => {
    const journal = await openJournal(1);
    journal.leaseOpened(lease(7n));
    journal.open(attempt('long'));
    for (const id of ['a', 'b', 'c']) {
      journal.open(attempt(id));
      await journal.settle(attempt(id, 5n), written);
    }
    // Each of the three is told, in another order: segments go oldest first.
    const before = segments().length;
    expect(before).toBeGreaterThanOrEqual(4);
    journal.done(attempt('c'));
    await turn();
    expect(segments().length).toBeGreaterThanOrEqual(before - 1);
    journal.done(attempt('a'));
    journal.done(attempt('b'));
    await turn();
    expect(segments().length).toBeLessThanOrEqual(2);
    journal.close();
    const again = await openJournal();
    expect(again.left).toMatchObject([{ attempt: attempt('long'), settled: false }]);
    expect(again.finals()).toEqual([{ ...lease(7n), count: 3n, sum: 15n, doubt: 0n }]);
    again.close();
  });

  it('goes on in its segment where another cannot be begun', async () => {
    const journal = await openJournal(1);
    const number = Number(/\d+/.exec(segments().at(-1) ?? '')?.[0]);
    mkdirSync(segmentPath(directory, number + 1));
    journal.open(attempt('a'));
    await journal.settle(attempt('a', 5n), written);
    expect(log.error).toHaveBeenCalled();
    rmdirSync(segmentPath(directory, number + 1));
    for (const id of ['b', 'c', 'd']) journal.open(attempt(id));
    expect(segments().length).toBeGreaterThan(1);
    journal.close();
    journal.close();
    const again = await openJournal();
    expect(again.left).toHaveLength(4);
    expect(mayHaveLost()).toBe(false);
    again.close();
  });

  it('is another where entries may have been lost: it tells its records, and speaks for no lease of before', async () => {
    const first = await openJournal();
    first.leaseOpened(lease(7n));
    first.open(attempt('a'));
    first.close();
    rmSync(join(directory, 'identity.json'));
    random.bytes = (length: number) => new Uint8Array(length).fill(6);
    const second = await openJournal();
    expect(second.journalId).not.toBe(first.journalId);
    expect(second.incarnation).toBe(1n);
    expect(second.left).toHaveLength(1);
    expect(second.finals()).toEqual([]);
    second.close();
    const third = await openJournal();
    expect(third.journalId).toBe(second.journalId);
    expect(third.finals()).toEqual([]);
    third.close();
  });

  it.each([
    ['the only segment', (names: string[]) => names],
    ['the first segment', (names: string[]) => names.slice(0, 1)],
    ['the last segment', (names: string[]) => names.slice(-1)],
  ])('knows that %s is missing', async (_what, chosen) => {
    const first = await openJournal(1);
    for (const id of ['a', 'b', 'c']) {
      first.open(attempt(id));
      await first.settle(attempt(id), written);
    }
    first.close();
    for (const name of chosen(segments())) rmSync(join(directory, name));
    const second = await openJournal();
    expect(mayHaveLost()).toBe(true);
    second.close();
  });

  it('reads a journal of the version before, and lets it go when all of it was told', async () => {
    const lines = join(__dirname, '../../../fixtures/journal/lines.journal');
    copyFileSync(lines, join(directory, '0000000001.journal'));
    writeIdentity(directory, {
      ...{ journalId: parseJournalId('jnl_850m2ga1850m2ga1850m2ga185'), incarnation: 4n },
      ...{ bootId: currentBootId(), clean: true },
    });
    const first = await openJournal();
    expect(first.incarnation).toBe(5n);
    expect(mayHaveLost()).toBe(false);
    expect(first.ofBefore.map(({ record }) => record.requestId)).toEqual(['req_3']);
    first.close();
    const second = await openJournal();
    expect(second.ofBefore).toHaveLength(1);
    second.doneWithBefore();
    second.close();
    const third = await openJournal();
    expect(third.ofBefore).toHaveLength(0);
    third.close();
  });
});
