import { nanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import * as fc from 'fast-check';
import type { Attempt } from '../../app/gateway.ports';
import type { UsageKind } from '@gatehouse/offering';
import type { UsageOutcome, UsageRecord } from '../../domain/usage-record';
import { KINDS, OUTCOMES, toProtoUsageRecord } from '../usage/usage-conversion';
import { untoldOf } from '../usage/usage-publisher';
import { EntryBlock } from './entry-block';
import { encodeEntry } from './journal-entries';
import { framed, HEAD_BYTES } from './segment-file';
import { untoldIn } from './untold-record';
import { writeAttempt } from './written-attempt';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
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
    told: fc.record({ metadata: fc.dictionary(text, text, { maxKeys: 16 }), user: text, traceId: text }),
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

describe('an attempt that is written', () => {
  it('has the very bytes of its message, among others of its block, and those of what the bus is told', () => {
    const block = new EntryBlock();
    fc.assert(
      fc.property(fc.constantFrom('opened' as const, 'settled' as const), attempts, (kind, drawn) => {
        const attempt = drawn as Attempt;
        if (block.size > 1_000_000) block.cutTo(0);
        const before = block.size;
        const { from, to } = writeAttempt(block, kind, attempt);
        const written = block.copy(before, block.size);
        expect(written).toEqual(framed([encodeEntry({ kind, attempt })]));
        const recorded = { record: toProtoUsageRecord(attempt.record) };
        const message = eventsV1.UsageRecorded.encode(recorded).finish();
        expect(block.copy(from, to)).toEqual(Buffer.from(message));
        const untold = kind === 'settled' ? untoldOf(attempt.record, message) : undefined;
        expect(untoldIn(written.subarray(HEAD_BYTES))).toEqual(untold);
      }),
      { numRuns: 100 },
    );
  });

  it('has the account of its own call, whatever those before it had', () => {
    const [first, second] = fc.sample(attempts, 2) as Attempt[] as [Attempt, Attempt];
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
      expect(block.written).toEqual(framed([encodeEntry({ kind: 'opened', attempt })]));
    }
  });

  it.each([0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)])(
    'has %s as it is',
    (charged) => {
      const block = new EntryBlock();
      const { record } = fc.sample(attempts, 1)[0] as Attempt;
      const attempt = { record, charges: [{ lease: charged, charged, doubt: charged }] };
      writeAttempt(block, 'settled', attempt);
      expect(block.written).toEqual(framed([encodeEntry({ kind: 'settled', attempt })]));
    },
  );

  it('is none where a number has no place in it', () => {
    const block = new EntryBlock();
    const charge = { lease: 1n, charged: 2n ** 63n, doubt: 0n };
    expect(() => block.int64(8, charge.charged)).toThrow(RangeError);
    expect(() => block.number(8, -1)).toThrow(RangeError);
    expect(() => block.number(8, Number.NaN)).toThrow(RangeError);
  });
});
