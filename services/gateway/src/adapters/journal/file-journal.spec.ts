import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import type { Attempt } from '../../app/gateway.ports';
import { FileJournal } from './file-journal';
import { readIdentity, writeIdentity } from './journal-identity';
import { JournalLocked } from './journal-lock';

const attempt = (requestId: string, amount = 100n): Attempt => ({
  record: {
    requestId,
    attempt: 1,
    ...{ organizationId: 'org_1', workspaceId: 'ws_1', provisionId: 'prv_1', integrationId: 'int_1' },
    ...{ apiKeyId: 'key_1', model: 'small', leaseId: `lse_${requestId}`, streamed: true },
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
  final: {
    journalId: 'jnl_1',
    leaseId: `lse_${requestId}`,
    sum: { nanoUsd: 1n, tokens: 0n, requests: 1n, unpriced: false },
    doubt: { nanoUsd: 0n, tokens: 0n, requests: 0n, unpriced: false },
  },
});

describe('FileJournal', () => {
  let directory: string;
  const log = { warn: jest.fn(), error: jest.fn() };
  const random = { bytes: (length: number) => new Uint8Array(length).fill(5) };
  const openJournal = (segmentBytesMax?: number): Promise<FileJournal> =>
    FileJournal.openAt({ directory, random, log, ...(segmentBytesMax && { segmentBytesMax }) });
  const segments = (): string[] =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.journal'))
      .sort();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-journal-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('finds what was opened and what was settled, exactly as it was given', async () => {
    const first = await openJournal();
    first.open(attempt('a'));
    first.open(attempt('b'));
    await first.settle(attempt('b', 7n));
    first.open(attempt('c'));
    await first.settle(attempt('c'));
    first.done(attempt('c'));
    first.close();

    const second = await openJournal();
    expect(second.left).toMatchObject([
      { attempt: attempt('a'), settled: false },
      { attempt: attempt('b', 7n), settled: true },
    ]);
    expect(second.journalId).toBe(first.journalId);
    expect(second.incarnation).toBe(first.incarnation + 1n);
    expect(second.mayHaveLost).toBe(false);
    second.close();
  });

  it('is held by one at a time', async () => {
    const first = await openJournal();
    await expect(openJournal()).rejects.toThrow(JournalLocked);
    first.close();
    (await openJournal()).close();
  });

  it('passes over a line that was never finished', async () => {
    const first = await openJournal();
    first.open(attempt('a'));
    first.close();
    appendFileSync(join(directory, segments()[0] ?? ''), '1234abcd {"e":"open"');
    const second = await openJournal();
    expect(second.left).toHaveLength(1);
    expect(second.mayHaveLost).toBe(false);
    second.close();
  });

  it('knows that a damaged line is a loss', async () => {
    const first = await openJournal();
    first.open(attempt('a'));
    first.open(attempt('b'));
    first.close();
    const file = join(directory, segments()[0] ?? '');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"b"', '"x"'));
    const second = await openJournal();
    expect(second.left).toHaveLength(1);
    expect(second.mayHaveLost).toBe(true);
    second.close();
  });

  it('trusts nothing unsynced across a boot of the machine, unless the end was in order', async () => {
    const first = await openJournal();
    first.close();
    const identity = readIdentity(directory)!;
    writeIdentity(directory, { ...identity, bootId: 'another' });
    const second = await openJournal();
    expect(second.mayHaveLost).toBe(false);
    second.close();
    writeIdentity(directory, { ...identity, bootId: 'another', clean: false });
    const third = await openJournal();
    expect(third.mayHaveLost).toBe(true);
    third.close();
  });

  it('lets segments go oldest first, and only once all in them is done', async () => {
    const journal = await openJournal(1);
    for (const id of ['a', 'b', 'c']) journal.open(attempt(id));
    const settled = ['b', 'c', 'a'].map((id) => journal.settle(attempt(id)));
    await Promise.all(settled);
    expect(segments().length).toBeGreaterThanOrEqual(5);
    journal.done(attempt('b'));
    await turn();
    const before = segments().length;
    journal.done(attempt('a'));
    await turn();
    expect(segments().length).toBeLessThan(before);
    journal.done(attempt('c'));
    await turn();
    await turn();
    expect(segments().length).toBeLessThanOrEqual(2);
    journal.close();
    const again = await openJournal();
    expect(again.left).toEqual([]);
    again.close();
  });

  it('refuses a journal that lost its identity', async () => {
    (await openJournal()).close();
    rmSync(join(directory, 'identity.json'));
    await expect(openJournal()).rejects.toThrow('lost its identity');
  });
});
