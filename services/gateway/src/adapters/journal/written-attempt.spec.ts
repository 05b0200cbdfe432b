import { nanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import { eventsV1, gatewayV1, meteringV1 } from '@gatehouse/proto-gen';
import * as fc from 'fast-check';
import type { Attempt } from '../../app/gateway.ports';
import type { UsageKind } from '@gatehouse/offering';
import type { UsageOutcome, UsageRecord } from '../../domain/usage-record';
import { KINDS, OUTCOMES, toProtoUsageRecord } from '../usage/usage-conversion';
import type { UntoldRecord } from '../usage/usage-publisher';
import { EntryBlock } from './entry-block';
import { framed, HEAD_BYTES } from './segment-file';
import { settledIn, settledOf, type SettledRecord } from './untold-record';
import { UntoldWindow } from './untold-window';
import { isToldByChanges, writeAttempt, writeSettlement } from './written-attempt';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
/** Of metadata: requests that have this one are refused. */
const name = text.filter((given) => given !== '__proto__');
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const atLeast0 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const time = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
const maybe = { nil: undefined, freq: 3 };

const attempts = fc.record({
  record: fc.record({
    ...{ requestId: text, organizationId: text, workspaceId: text, provisionId: text, integrationId: text },
    ...{ apiKeyId: text, model: text, serviceTier: text, provider: text, journalId: text },
    attempt: fc.integer({ min: 1, max: 2 }),
    usage: fc.option(
      fc.record({
        ...{ inputTokens: count, outputTokens: count, cachedInputTokens: count },
        reasoningTokens: fc.option(count, maybe),
      }),
      maybe,
    ),
    kinds: fc.array(
      fc.record({
        kind: fc.constantFrom(...(Object.keys(KINDS) as UsageKind[])),
        quantity: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        rate: fc.option(atLeast0.map(nanoUsdPerMillion), maybe),
      }),
      { maxLength: 15 },
    ),
    amount: fc.option(atLeast0.map(nanoUsd), maybe),
    doubt: int64,
    ...{ estimated: fc.boolean(), streamed: fc.boolean() },
    outcome: fc.constantFrom(...(Object.keys(OUTCOMES) as UsageOutcome[])),
    ...{ admittedAt: time, settledAt: fc.option(time, maybe) },
    leases: fc.array(int64, { maxLength: 30 }),
    leaseOfBefore: fc.option(text, maybe),
    inputPrice: fc.option(atLeast0.map(nanoUsdPerMillion), maybe),
    outputPrice: fc.option(atLeast0.map(nanoUsdPerMillion), maybe),
    priceBookVersion: fc.option(int64, maybe),
    told: fc.record({ metadata: fc.dictionary(name, text, { maxKeys: 16 }), user: text, traceId: text }),
    heard: fc.option(
      fc.record({
        ...{
          status: fc.option(count, maybe),
          firstByteMs: fc.option(count, maybe),
          totalMs: fc.option(count, maybe),
        },
      }),
      maybe,
    ),
  }),
  charges: fc.array(fc.record({ lease: int64, charged: int64, doubt: int64 }), { maxLength: 9 }),
});

const attemptsOf = (count: number): Attempt[] => fc.sample(attempts, count) as Attempt[];

const encoded = (entry: gatewayV1.JournalEntry['entry']): Buffer =>
  framed([gatewayV1.JournalEntry.encode({ entry }).finish()]);

const encodedAs = ($case: 'opened' | 'settled', { record, charges }: Attempt): Buffer =>
  encoded({ $case, value: { record: toProtoUsageRecord(record), charges: [...charges] } });

const nowhere = (): Uint8Array => {
  throw new Error('nothing is looked for');
};

const nameOf = ({ requestId, attempt, provisionId, settledAt, admittedAt }: UsageRecord) => ({
  ...{ requestId, attempt, provisionId },
  settledAt: settledAt ?? admittedAt,
});

const END = { segment: 1, offset: 1 };

/** As the bus is told it. */
const untoldOf = (settled: SettledRecord): readonly UntoldRecord[] => {
  const window = new UntoldWindow(1);
  window.push(settled, END);
  return window.oldest(1, END);
};

describe('an attempt that is written', () => {
  it('has the very bytes of its message, among others of its block, and those of what the bus is told', () => {
    const block = new EntryBlock();
    fc.assert(
      fc.property(fc.constantFrom('opened' as const, 'settled' as const), attempts, (kind, drawn) => {
        const attempt = drawn as Attempt;
        if (block.size > 1_000_000) block.cutTo(0);
        const before = block.size;
        const { from, to } = writeAttempt(block, kind, attempt);
        const written = block.copy(before);
        expect(written).toEqual(encodedAs(kind, attempt));
        const recorded = { record: toProtoUsageRecord(attempt.record) };
        const message = Buffer.from(eventsV1.UsageRecorded.encode(recorded).finish());
        const settled = settledOf(attempt.record, undefined, block.written, { from, to });
        const untold = [{ ...nameOf(attempt.record), message }];
        expect(untoldOf(settled)).toEqual(untold);
        const found = settledIn(written.subarray(HEAD_BYTES), nowhere);
        expect(found && untoldOf(found)).toEqual(kind === 'settled' ? untold : undefined);
      }),
      { numRuns: 100 },
    );
  });

  it('has the account of its own call, whatever those before it had', () => {
    const [first, second] = attemptsOf(2) as [Attempt, Attempt];
    const changed = (change: Partial<UsageRecord>): Attempt => ({
      ...first,
      record: { ...first.record, ...change },
    });
    const { record } = second;
    const others = [
      changed({ organizationId: record.organizationId }),
      changed({ workspaceId: record.workspaceId }),
      changed({ integrationId: record.integrationId }),
      changed({ provisionId: record.provisionId }),
      changed({ apiKeyId: record.apiKeyId }),
      changed({ model: [...first.record.model].reverse().join('') }),
    ];
    for (const attempt of [first, first, ...others, first]) {
      const block = new EntryBlock();
      writeAttempt(block, 'opened', attempt);
      expect(block.written).toEqual(encodedAs('opened', attempt));
    }
  });

  it.each([0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)])(
    'has %s as it is',
    (charged) => {
      const block = new EntryBlock();
      const { record } = attemptsOf(1)[0]!;
      const attempt = { record, charges: [{ lease: charged, charged, doubt: charged }] };
      writeAttempt(block, 'settled', attempt);
      expect(block.written).toEqual(encodedAs('settled', attempt));
    },
  );

  it('is none where a number has no place in it', () => {
    const block = new EntryBlock();
    const charge = { lease: 1n, charged: 2n ** 63n, doubt: 0n };
    expect(() => block.int64(8, charge.charged)).toThrow(RangeError);
    expect(() => block.int64(8, 2n ** 64n + 5n)).toThrow(RangeError);
    expect(() => block.int64(8, -(2n ** 64n) + 5n)).toThrow(RangeError);
    expect(() => block.number(8, -1)).toThrow(RangeError);
    expect(() => block.number(8, Number.NaN)).toThrow(RangeError);
  });
});

describe('what settles an attempt by its changes', () => {
  /** Of no end, as it is opened. */
  const openedAs = ({ record, charges }: Attempt): Attempt => {
    const { usage: _, settledAt: _at, heard: _heard, ...rest } = record;
    return { record: { ...rest, kinds: [], serviceTier: '' }, charges };
  };
  /** With the end of another one. */
  const settledAs = ({ record }: Attempt, end: Attempt): Attempt => {
    const { usage, kinds, serviceTier, amount, doubt, estimated } = end.record;
    const { outcome, settledAt = new Date(1), inputPrice, outputPrice, heard } = end.record;
    return {
      record: {
        ...{ ...record, usage, kinds, serviceTier, amount, doubt, estimated, outcome, settledAt, heard },
        ...{ inputPrice, outputPrice },
      } as UsageRecord,
      charges: end.charges,
    };
  };
  const AT = 300;

  const written = (opened: Attempt, settled: Attempt) => {
    const [before, block] = [new EntryBlock(), new EntryBlock()];
    const opening = { bytes: before.written, ...writeAttempt(before, 'opened', opened) };
    const here = { at: AT, ...opening, bytes: before.written };
    const fields = writeSettlement(block, { attempt: opened, written: here, number: 1 }, settled);
    return { opening: here, entry: block.written, fields: { bytes: block.written, ...fields } };
  };

  it('is read as its message, and is with its opening all that the bus is told', () => {
    fc.assert(
      fc.property(attempts, attempts, (one, other) => {
        const opened = openedAs(one as Attempt);
        const settled = settledAs(opened, other as Attempt);
        const isLost = (name: 'amount' | 'inputPrice' | 'outputPrice'): boolean =>
          opened.record[name] !== undefined && settled.record[name] === undefined;
        const lost = isLost('amount') || isLost('inputPrice') || isLost('outputPrice');
        expect(isToldByChanges(opened.record, settled.record)).toBe(!lost);
        if (lost) return;
        const { opening, entry, fields } = written(opened, settled);
        const changes = meteringV1.UsageRecord.decode(entry.subarray(fields.from, fields.to));
        const charges = [...settled.charges];
        expect(gatewayV1.JournalEntry.decode(entry.subarray(HEAD_BYTES)).entry).toEqual({
          $case: 'settlement',
          value: { changes, charges, openedAt: BigInt(AT) },
        });
        const untold = untoldOf(settledOf(settled.record, opening, fields.bytes, fields));
        const [{ message, ...name }] = untold as [UntoldRecord];
        expect(name).toEqual(nameOf(settled.record));
        const { record } = eventsV1.UsageRecorded.decode(message);
        expect(record).toEqual(toProtoUsageRecord(settled.record));
        const found = settledIn(entry.subarray(HEAD_BYTES), (offset) => {
          expect(offset).toBe(AT);
          return opening.bytes.subarray(HEAD_BYTES);
        });
        expect(found && untoldOf(found)).toEqual(untold);
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing where its opening is that of another, or cannot be read', () => {
    const [one, other] = attemptsOf(2) as [Attempt, Attempt];
    const opened = openedAs({ ...one, record: { ...one.record, requestId: 'req_one' } });
    const { entry } = written(opened, { ...opened, record: { ...opened.record, settledAt: new Date(1) } });
    const another = new EntryBlock();
    writeAttempt(another, 'opened', { ...other, record: { ...other.record, requestId: 'req_other' } });
    expect(settledIn(entry.subarray(HEAD_BYTES), () => undefined)).toBe(undefined);
    expect(() => settledIn(entry.subarray(HEAD_BYTES), () => another.written.subarray(HEAD_BYTES))).toThrow(
      'without its opening',
    );
  });

  it('is not what has been told of another call, or of one that had ended', () => {
    const { record: opened } = openedAs(attemptsOf(1)[0]!);
    const settled: UsageRecord = { ...opened, amount: nanoUsd(1n), settledAt: new Date(1) };
    expect(isToldByChanges({ ...opened, ...NO_PRICES }, { ...settled, ...NO_PRICES })).toBe(true);
    const ofAnother: Partial<UsageRecord>[] = [
      ...[{ organizationId: 'x' }, { workspaceId: 'x' }, { provisionId: 'x' }, { integrationId: 'x' }],
      ...[{ apiKeyId: 'x' }, { model: 'x' }, { admittedAt: new Date(2) }, { streamed: !opened.streamed }],
      ...[{ journalId: 'x' }, { leases: [1n] }, { leaseOfBefore: 'x' }, { priceBookVersion: -5n }],
      ...[{ provider: 'x' }, { told: { metadata: {}, user: '', traceId: 'x' } }],
    ];
    for (const change of ofAnother)
      expect([change, isToldByChanges(opened, { ...settled, ...NO_PRICES, ...change })]).toEqual([
        change,
        false,
      ]);
    const ended: Partial<UsageRecord>[] = [
      { usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0 } },
      { kinds: [{ kind: 'input', quantity: 1 }] },
      ...[{ serviceTier: 'x' }, { settledAt: new Date(1) }, { heard: {} }],
    ];
    for (const end of ended) {
      const [before, after] = [
        { ...opened, ...NO_PRICES, ...end },
        { ...settled, ...NO_PRICES },
      ];
      expect([end, isToldByChanges(before, after)]).toEqual([end, false]);
    }
  });
});

const NO_PRICES = { inputPrice: nanoUsdPerMillion(1n), outputPrice: nanoUsdPerMillion(1n) };
